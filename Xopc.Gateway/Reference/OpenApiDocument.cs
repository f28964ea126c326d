using System.Text.Json;

namespace Xopc.Gateway.Reference;

/// <summary>The outer shape of an OpenAPI 3.1 document; what is inside is the specification's.</summary>
internal sealed record OpenApiDocument(string Openapi, JsonElement Info, JsonElement Servers, JsonElement Tags, JsonElement Paths, JsonElement Components);

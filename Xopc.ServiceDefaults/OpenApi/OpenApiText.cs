using System.Text.Encodings.Web;
using System.Text.Json;

namespace Xopc.ServiceDefaults.OpenApi;

/// <summary>How the document is written: readable, since its type is JSON and nosniff.</summary>
public static class OpenApiText
{
    public static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

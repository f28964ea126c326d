using System.Reflection;
using System.Text.Json.Serialization;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Http;

/// <summary>One JSON context whose types are on the wire: what the schemas are made from, with the options the bytes are made with.</summary>
/// <param name="Module">The assembly whose endpoints these are.</param>
/// <param name="Context">Asked when somebody asks for the document, not before.</param>
/// <param name="Fails">Errors that every endpoint of the module may answer.</param>
public sealed record ApiShapes(Assembly Module, Func<JsonSerializerContext> Context, IReadOnlyList<ErrorCode> Fails);

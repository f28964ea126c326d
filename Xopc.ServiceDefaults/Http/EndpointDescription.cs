using System.Text.Json.Nodes;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Http;

/// <summary>Metadata: the JSON body an endpoint reads by hand.</summary>
/// <param name="Type">A type of a registered JSON context, see <see cref="ApiShapes"/>; null where <see cref="Schema"/> says what it is.</param>
/// <param name="Required">Fields without which the answer is 400; <c>a|b</c> where either will do.</param>
public sealed record EndpointBody(Type? Type, IReadOnlyList<string> Required)
{
    /// <summary>The request may also come without any.</summary>
    public bool Optional { get; init; }

    /// <summary>Makes the schema of a body that no type describes.</summary>
    public Func<JsonObject>? Schema { get; init; }
}

/// <summary>Metadata: an answer that is not an error.</summary>
/// <param name="Type">Its JSON type; null for other content.</param>
/// <param name="ContentType">Null for JSON.</param>
/// <param name="Events">On an event stream: the type of each event's data, by the event's name.</param>
/// <remarks>One of neither type nor content has no body: it sends the client elsewhere.</remarks>
public sealed record EndpointAnswer(int Status, Type? Type, string? ContentType = null, IReadOnlyDictionary<string, Type>? Events = null);

/// <summary>Metadata: error codes of an endpoint beyond those that its kind brings along (401, 403, 429, …).</summary>
public sealed record EndpointErrors(IReadOnlyList<ErrorCode> Codes);

/// <summary>Where a parameter is.</summary>
public enum ParameterPlace
{
    Route,
    Query,
    Header,
}

/// <summary>Metadata: a parameter that the handler reads by hand, or the meaning of one of the route.</summary>
public sealed record EndpointParameter(ParameterPlace Place, string Name, string Description)
{
    public bool Required { get; init; }

    /// <summary>The only values that are taken; null: any.</summary>
    public IReadOnlyList<string>? OneOf { get; init; }

    /// <summary>With <see cref="Max"/>: a whole number within these.</summary>
    public long? Min { get; init; }

    public long? Max { get; init; }
}

/// <summary>Metadata: the endpoint takes the credential also as <c>?token=</c>, for clients that cannot send headers.</summary>
public sealed record CredentialInQuery;

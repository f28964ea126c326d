using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Http;

/// <summary>
/// Says of an endpoint what its code reads and writes by hand, for <c>/openapi.json</c>. A handler that returns <c>JsonHttpResult&lt;T&gt;</c> has said its answer
/// already. Only types are noted here: nothing is generated before somebody asks.
/// </summary>
public static class EndpointDescriptions
{
    /// <summary>The JSON body.</summary>
    /// <param name="required">Fields without which it is refused; <c>runId|run_id</c> where either will do.</param>
    public static IEndpointConventionBuilder Takes<T>(this IEndpointConventionBuilder builder, params string[] required) =>
        builder.WithMetadata(new EndpointBody(typeof(T), required));

    /// <summary>A JSON body that may be left out.</summary>
    public static IEndpointConventionBuilder MayTake<T>(this IEndpointConventionBuilder builder) => builder.WithMetadata(new EndpointBody(typeof(T), []) { Optional = true });

    /// <summary>A JSON body that no type describes.</summary>
    /// <param name="schema">Called when somebody asks for the document.</param>
    public static IEndpointConventionBuilder Takes(this IEndpointConventionBuilder builder, Func<JsonObject> schema) =>
        builder.WithMetadata(new EndpointBody(null, []) { Schema = schema });

    /// <summary>A JSON answer.</summary>
    public static IEndpointConventionBuilder Answers<T>(this IEndpointConventionBuilder builder, int status = 200) =>
        builder.WithMetadata(new EndpointAnswer(status, typeof(T)));

    /// <summary>An answer that is not JSON.</summary>
    public static IEndpointConventionBuilder AnswersContent(this IEndpointConventionBuilder builder, string contentType, int status = 200) =>
        builder.WithMetadata(new EndpointAnswer(status, null, contentType));

    /// <summary>An answer that sends the client elsewhere.</summary>
    public static IEndpointConventionBuilder Redirects(this IEndpointConventionBuilder builder, int status) => builder.WithMetadata(new EndpointAnswer(status, null));

    /// <summary>An event stream.</summary>
    /// <param name="events">The type of each event's data, by the event's name.</param>
    public static IEndpointConventionBuilder AnswersEvents(this IEndpointConventionBuilder builder, IReadOnlyDictionary<string, Type> events) =>
        builder.WithMetadata(new EndpointAnswer(200, null, "text/event-stream", events));

    /// <summary>Errors of its own, beside those of its kind.</summary>
    public static IEndpointConventionBuilder Fails(this IEndpointConventionBuilder builder, params ErrorCode[] codes) => builder.WithMetadata(new EndpointErrors(codes));

    /// <summary>What a parameter of the route is.</summary>
    public static IEndpointConventionBuilder Route(this IEndpointConventionBuilder builder, string name, string description) =>
        builder.WithMetadata(new EndpointParameter(ParameterPlace.Route, name, description) { Required = true });

    /// <summary>A text in the query.</summary>
    /// <param name="oneOf">The only values that are taken; none: any.</param>
    public static IEndpointConventionBuilder Query(this IEndpointConventionBuilder builder, string name, string description, bool required = false, params string[] oneOf) =>
        builder.WithMetadata(new EndpointParameter(ParameterPlace.Query, name, description) { Required = required, OneOf = oneOf.Length == 0 ? null : oneOf });

    /// <summary>A whole number in the query.</summary>
    public static IEndpointConventionBuilder Query(this IEndpointConventionBuilder builder, string name, string description, long min, long max) =>
        builder.WithMetadata(new EndpointParameter(ParameterPlace.Query, name, description) { Min = min, Max = max });

    /// <summary>A header that the handler reads.</summary>
    public static IEndpointConventionBuilder Header(this IEndpointConventionBuilder builder, string name, string description) =>
        builder.WithMetadata(new EndpointParameter(ParameterPlace.Header, name, description));

    /// <summary>The credential may also come as <c>?token=</c>.</summary>
    public static IEndpointConventionBuilder CredentialInQuery(this IEndpointConventionBuilder builder) => builder.WithMetadata(new CredentialInQuery());
}

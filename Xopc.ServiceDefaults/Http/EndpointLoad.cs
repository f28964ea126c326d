using Microsoft.AspNetCore.Builder;

namespace Xopc.ServiceDefaults.Http;

/// <summary>Metadata of an endpoint that costs more than an answer, for the edge's limits. An edge in front of a service carries the same on its route.</summary>
/// <param name="CallsModel">It makes a model work: the stricter limit of requests counts too.</param>
/// <param name="Streams">It stays open until the client leaves: one more of the streams its caller may have.</param>
public sealed record EndpointLoad(bool CallsModel, bool Streams)
{
    public static EndpointLoad ModelCall { get; } = new(CallsModel: true, Streams: false);

    public static EndpointLoad Stream { get; } = new(CallsModel: false, Streams: true);
}

/// <summary>Annotates endpoints.</summary>
public static class EndpointLoads
{
    public static TBuilder CallsModel<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(EndpointLoad.ModelCall);

    public static TBuilder Streams<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(EndpointLoad.Stream);
}

using Microsoft.AspNetCore.Builder;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Http;

/// <summary>Metadata that every HTTP endpoint carries exactly once: the scope it needs, or why it needs none.</summary>
public sealed record EndpointScope(OperatorScope? Required, string? PublicReason);

/// <summary>Annotates endpoints.</summary>
public static class EndpointScopes
{
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, OperatorScope scope) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new EndpointScope(scope, null));

    /// <summary>Opens an endpoint to everybody; <paramref name="reason"/> says why that is right.</summary>
    public static TBuilder Public<TBuilder>(this TBuilder builder, string reason) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new EndpointScope(null, reason));
}

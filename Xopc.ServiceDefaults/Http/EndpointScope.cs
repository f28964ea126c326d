using Microsoft.AspNetCore.Builder;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Http;

/// <summary>Metadata that every HTTP endpoint carries exactly once: the scope it needs, or why it needs none.</summary>
public sealed record EndpointScope(OperatorScope? Required, string? PublicReason);

/// <summary>Metadata of an endpoint that tells of, or changes, more than single agents and sessions.</summary>
public sealed record WholeInstallationEndpoint;

/// <summary>Metadata of an endpoint that a browser navigates to.</summary>
public sealed record PageEndpoint;

/// <summary>Metadata of a public endpoint that checks a secret of its own: it answers 401 to a wrong one.</summary>
/// <param name="Header">Where the secret stands.</param>
public sealed record SecretOfEndpoint(string Header)
{
    /// <summary>What whoever shows none, or a wrong one, is told.</summary>
    public const string Refusal = "The secret is missing or wrong";
}

/// <summary>Annotates endpoints.</summary>
public static class EndpointScopes
{
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, OperatorScope scope) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new EndpointScope(scope, null));

    /// <summary>Opens an endpoint to everybody; <paramref name="reason"/> says why that is right.</summary>
    public static TBuilder Public<TBuilder>(this TBuilder builder, string reason) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new EndpointScope(null, reason));

    /// <summary>Opens an endpoint to whoever shows a secret that it checks itself.</summary>
    public static TBuilder PublicBySecret<TBuilder>(this TBuilder builder, string header, string reason) where TBuilder : IEndpointConventionBuilder =>
        builder.Public(reason).WithMetadata(new SecretOfEndpoint(header));

    /// <summary>
    /// Closes an endpoint to callers that are limited to some agents or sessions: to them it is not there (404). What needs <see cref="OperatorScope.Admin"/>
    /// is closed to them without saying so.
    /// </summary>
    public static TBuilder WholeInstallation<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new WholeInstallationEndpoint());

    /// <summary>
    /// A page that a browser navigates to, where no header can be sent: its GET and HEAD are also opened by the cookie of <c>/auth/redeem</c>. Beside a
    /// scope, and for endpoints of the edge's own process only: a service never sees a cookie.
    /// </summary>
    public static TBuilder Page<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new PageEndpoint());
}

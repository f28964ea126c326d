using Microsoft.AspNetCore.Builder;
using Xopc.ServiceDefaults.Trust;

namespace Xopc.ServiceDefaults.Http;

/// <summary>The shared parts of every pipeline, in the order they belong: errors, trust or authentication, scopes.</summary>
public static class HttpPipelineExtensions
{
    /// <summary>First of all: answers every failure behind it with <c>{"error":{"code","message"}}</c>. Further exceptions: <see cref="ApiErrorOptions"/>.</summary>
    public static IApplicationBuilder UseApiErrors(this IApplicationBuilder app) => app.UseMiddleware<ApiErrorMiddleware>();

    /// <summary>In a service process: refuses what the edge or another service of this installation did not sign, <c>/health</c> and <c>/alive</c> excepted.</summary>
    public static IApplicationBuilder UseSignedPrincipal(this IApplicationBuilder app) => app.UseMiddleware<SignedPrincipalMiddleware>();

    /// <summary>After routing and after the principal is known: holds it against the endpoint's <see cref="EndpointScope"/>; no annotation means closed.</summary>
    public static IApplicationBuilder UseScopes(this IApplicationBuilder app) => app.UseMiddleware<ScopeMiddleware>();
}

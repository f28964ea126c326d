using Xopc.Contracts;
using Xopc.Gateway.Edge.Clients;
using Xopc.Gateway.Edge.Limits;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Trust;

namespace Xopc.Gateway.Edge;

/// <summary>Decides who is calling. Everything needs a credential except endpoints annotated as public and paths outside <c>/api</c> where nothing is.</summary>
internal sealed partial class Authentication(
    RequestDelegate next, GatewayCredential credential, Callers callers, PageSessions pages, FailedAuthentications failures, AcceptedSecrets secrets, EdgeMetrics metrics,
    ILogger<Authentication> log) // one for each kind of credential, and what counts them
{
    private static readonly TimeSpan KeysRetry = TimeSpan.FromSeconds(2);

    public Task InvokeAsync(HttpContext context)
    {
        // Only this edge's own word about the caller exists behind this line.
        context.Request.Headers.Remove(SignedPrincipal.HeaderName);
        if (IsOpen(context))
        {
            return context.GetEndpoint()?.Metadata.GetMetadata<SecretOfEndpoint>() is { } secret ? LetCheckAsync(context, secret) : next(context);
        }

        if (credential.Mode is GatewayAuthMode.None)
        {
            return AdmitAsync(context, credential.Everybody);
        }

        // A valid credential passes first, also from a blocked address: whoever shares the address of an attacker is not locked out.
        var presented = PresentedCredential.Read(context.Request);
        if ((presented.Offered ? callers.Find(presented.Value) : pages.Find(context)) is { } caller)
        {
            failures.Succeeded(context);
            return AdmitAsync(context, caller);
        }

        if (failures.BlockedFor(context) is { } blocked)
        {
            return RefuseBlocked(context, blocked);
        }

        if (!presented.Offered)
        {
            metrics.Refused("credential_missing");
            return Refuse(context, "Missing authentication token");
        }

        return callers.CannotTell(presented.Value)
            ? ApiError.WriteAsync(context, ErrorCode.Unavailable, "API keys cannot be checked now", KeysRetry)
            : RefuseWrongAsync(context);
    }

    /// <summary>The endpoint checks the secret, maybe in another process; what it says of it is counted here.</summary>
    private async Task LetCheckAsync(HttpContext context, SecretOfEndpoint secret)
    {
        var path = context.Request.Path;
        if (context.Request.Headers[secret.Header] is not [{ Length: > 0 } value])
        {
            metrics.Refused("credential_missing");
            await ApiError.WriteAsync(context, ErrorCode.Unauthorized, SecretOfEndpoint.Refusal);
            return;
        }

        if (failures.BlockedFor(context) is { } blocked && !secrets.Knows(path, value))
        {
            await RefuseBlocked(context, blocked);
            return;
        }

        await next(context);
        switch (context.Response.StatusCode)
        {
            case StatusCodes.Status200OK:
                secrets.Remember(path, value);
                failures.Succeeded(context);
                break;
            case StatusCodes.Status401Unauthorized:
                metrics.Refused("credential_wrong");
                await failures.FailedAsync(context);
                break;
        }
    }

    private async Task RefuseWrongAsync(HttpContext context)
    {
        if (await failures.FailedAsync(context) is { } blocked)
        {
            await RefuseBlocked(context, blocked);
            return;
        }

        metrics.Refused("credential_wrong");
        var client = EdgeClient.Of(context).Address;
        LogRefused(client);
        await Refuse(context, "Invalid authentication token");
    }

    private Task RefuseBlocked(HttpContext context, TimeSpan blocked)
    {
        metrics.Refused("credential_blocked");
        return ApiError.WriteAsync(context, ErrorCode.RateLimited, "Too many authentication attempts", blocked);
    }

    private Task AdmitAsync(HttpContext context, KnownCaller caller)
    {
        context.SetPrincipal(caller.Principal);
        if (context.GetEndpoint()?.Metadata.GetMetadata<OutlivesItsCredential>() is null)
        {
            EndWhenRevoked(context, caller);
        }

        return next(context);
    }

    /// <summary>
    /// A revoked or rotated credential ends what it has open, streams included. Ended with the request by the server, which waits for it before the context
    /// serves the next one: no step of the pipeline has to be there for that.
    /// </summary>
    private static void EndWhenRevoked(HttpContext context, KnownCaller caller)
    {
        var revoked = caller.Revoked.UnsafeRegister(static state => ((HttpContext)state!).Abort(), context);
        context.Response.OnCompleted(static revoked => ((CancellationTokenRegistration)revoked).DisposeAsync().AsTask(), revoked);
    }

    // The endpoint by which routing refuses a method or a content type carries nothing: there, as where nothing is, the path decides.
    private static bool IsOpen(HttpContext context) => context.GetEndpoint() is { Metadata.Count: > 0 } endpoint
        ? endpoint.Metadata.GetMetadata<EndpointScope>() is { PublicReason: not null }
        : !context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase);

    private static Task Refuse(HttpContext context, string message)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return ApiError.WriteAsync(context, ErrorCode.Unauthorized, message);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "A request from {Client} presented a wrong credential.")]
    private partial void LogRefused(System.Net.IPAddress client);
}

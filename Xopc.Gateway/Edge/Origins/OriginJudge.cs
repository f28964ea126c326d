using Xopc.Gateway.Edge.Clients;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Edge.Origins;

/// <summary>Judges a request once, for whoever asks first: the check itself, or the headers of an answer that was written before it.</summary>
internal sealed class OriginJudge(EdgeSettings settings, GatewayCredential credential)
{
    public OriginVerdict Judge(HttpContext context)
    {
        var client = EdgeClient.Of(context);
        return client.Origin ??= settings.Current.Origins.Judge(context, client, credential.Mode is GatewayAuthMode.None);
    }

    /// <summary>Everything under <c>/api</c>, and everything else that is not open to everybody.</summary>
    public static bool Covers(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
        || context.GetEndpoint() is { Metadata.Count: > 0 } endpoint && endpoint.Metadata.GetMetadata<EndpointScope>() is not { PublicReason: not null };

    /// <summary>A browser asks whether it may send a request that a form could not.</summary>
    public static bool IsPreflight(HttpRequest request) =>
        HttpMethods.IsOptions(request.Method) && request.Headers.Origin.Count > 0 && request.Headers.AccessControlRequestMethod.Count > 0;
}

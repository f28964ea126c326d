using Microsoft.AspNetCore.Http;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Http;

/// <summary>The principal of a request: set by the edge's authentication in one process, from the signed header in a service.</summary>
public static class Caller
{
    private sealed record Feature(Principal Principal);

    public static void SetPrincipal(this HttpContext context, Principal principal) => context.Features.Set(new Feature(principal));

    /// <summary>Null on public endpoints.</summary>
    public static Principal? FindPrincipal(this HttpContext context) => context.Features.Get<Feature>()?.Principal;

    /// <summary>Throws where the pipeline let an unauthenticated request through: a bug, answered as 401.</summary>
    public static Principal GetPrincipal(this HttpContext context) => context.FindPrincipal() ?? throw new ApiException(ErrorCode.Unauthorized, "Missing authentication token");
}

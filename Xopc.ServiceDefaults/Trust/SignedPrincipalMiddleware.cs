using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Health;
using Xopc.ServiceDefaults.Http;

namespace Xopc.ServiceDefaults.Trust;

/// <summary>In a service process every request is signed by this installation, or refused with 401.</summary>
internal sealed partial class SignedPrincipalMiddleware(RequestDelegate next, PrincipalVerifier verifier, ILogger<SignedPrincipalMiddleware> log)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var header = request.Headers[SignedPrincipal.HeaderName];
        request.Headers.Remove(SignedPrincipal.HeaderName); // used up: nothing behind this point logs or forwards it
        if (request.Path.Equals(HealthEndpoints.HealthPath, StringComparison.Ordinal) || request.Path.Equals(HealthEndpoints.AlivePath, StringComparison.Ordinal))
        {
            return next(context);
        }

        // The raw target, as it stood on the wire: two spellings of a path that decode to the same text are two signatures.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        Principal? principal = null;
        var fault = header.Count > 1 ? SignatureFault.Malformed : verifier.Verify(header, request.Method, target, out principal);
        if (fault is SignatureFault.None)
        {
            if (principal is not null)
            {
                context.SetPrincipal(principal);
            }

            return next(context);
        }

        LogRefused(request.Method, request.Path, fault);
        return fault is SignatureFault.Overtaken or SignatureFault.TooManySigners
            ? ApiError.WriteAsync(context, ErrorCode.Unavailable, retryAfter: TimeSpan.FromSeconds(1))
            : ApiError.WriteAsync(context, ErrorCode.Unauthorized, "The request is not signed by this installation");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused {Method} {Path}: signature {Fault}")]
    private partial void LogRefused(string method, string path, SignatureFault fault);
}

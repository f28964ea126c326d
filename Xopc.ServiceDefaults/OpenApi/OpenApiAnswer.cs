using Microsoft.AspNetCore.Http;
using Xopc.ServiceDefaults.Http;

namespace Xopc.ServiceDefaults.OpenApi;

/// <summary>A document that is bytes already.</summary>
public sealed class OpenApiAnswer(ReadOnlyMemory<byte> json) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = ApiJson.ContentType;
        response.ContentLength = json.Length;
        response.Headers.CacheControl = "no-cache";
        await response.BodyWriter.WriteAsync(json, httpContext.RequestAborted);
    }
}

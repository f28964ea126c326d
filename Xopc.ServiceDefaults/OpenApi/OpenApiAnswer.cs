using Microsoft.AspNetCore.Http;
using Xopc.ServiceDefaults.Http;

namespace Xopc.ServiceDefaults.OpenApi;

/// <summary>A document that is bytes already.</summary>
public sealed class OpenApiAnswer(ReadOnlyMemory<byte> json) : IResult
{
    private const int Piece = 16 * 1024;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = ApiJson.ContentType;
        response.ContentLength = json.Length;
        response.Headers.CacheControl = "no-cache";

        // In pieces: one write is copied whole, so whoever asks many times and takes nothing would have it in memory as often.
        for (var rest = json; rest.Length > 0; rest = rest[Math.Min(Piece, rest.Length)..])
        {
            await response.BodyWriter.WriteAsync(rest[..Math.Min(Piece, rest.Length)], httpContext.RequestAborted);
        }
    }
}

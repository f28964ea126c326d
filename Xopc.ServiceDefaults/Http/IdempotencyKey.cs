using System.Buffers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Http;

/// <summary>The header <c>Idempotency-Key</c>: the same key with the same request, from the same credential and on the same route, is one request.</summary>
public static class IdempotencyKey
{
    private static readonly SearchValues<char> Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-+/=@");

    /// <summary>The header's value; null without one. At most 120 plain characters, since it becomes part of an id.</summary>
    public static string? Read(HttpRequest request)
    {
        var values = request.Headers["Idempotency-Key"];
        if (values.Count == 0)
        {
            return null;
        }

        var key = values.ToString().Trim().Trim('"');
        return values.Count == 1 && key.Length is > 0 and <= 120 && !key.AsSpan().ContainsAnyExcept(Characters)
            ? key
            : throw new ApiException(ErrorCode.InvalidRequest, "Idempotency-Key must be one value of 1 to 120 letters, digits and . _ : - + / = @");
    }

    /// <summary>The id of the request's record, <c>api:{principal}:{route}:{key}</c>; null without a key.</summary>
    public static string? RecordId(HttpRequest request, Principal principal, string route) =>
        Read(request) is { } key ? $"api:{principal.Id}:{route}:{key}" : null;

    /// <summary>SHA-256 of a request's meaning.</summary>
    public static string Hash(ReadOnlySpan<byte> meaning) => Convert.ToHexStringLower(SHA256.HashData(meaning));

    /// <summary>409: the key was used with another body.</summary>
    public static ApiError Conflict() => new(ErrorCode.IdempotencyConflict, "This Idempotency-Key was used before with another body.");
}

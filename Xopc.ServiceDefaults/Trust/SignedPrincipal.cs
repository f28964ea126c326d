using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Trust;

/// <summary>
/// The header by which the edge tells a service who is calling: <c>v1.{unix ms}.{nonce}.{principal}.{mac}</c>, for example
/// <c>v1.1767225600000.3q2-7wAAAAAAAAAAAAAAAA.eyJpZCI6Im9wZXJhdG9yIi…fQ.pJ0u…</c>. Nonce: 16 bytes that no other request has (<see cref="Nonces"/>); principal: its JSON, empty where nobody is
/// authenticated (public endpoints); mac: HMAC-SHA256 over <c>v1\nMETHOD\npath?query\nms\nnonce\nprincipal</c>; all three in base64url.
/// </summary>
public static class SignedPrincipal
{
    /// <summary>Copies that arrive from outside are removed by the edge before anything else looks at the request.</summary>
    public const string HeaderName = "X-Xopc-Principal";

    /// <summary>Longest header that is written or read; object limits have to fit.</summary>
    public const int MaxLength = 8 * 1024;

    // A principal is made once per credential and signs every request of it: its JSON is written once.
    private static readonly ConditionalWeakTable<Principal, string> Written = [];

    internal const string Version = "v1";
    internal const int NonceBytes = 16;
    internal const int NonceLength = 22; // in base64url
    internal const int MacLength = 43;  // 32 bytes

    /// <summary>The value of the header for one request.</summary>
    /// <param name="pathAndQuery">Exactly as it goes onto the wire (<see cref="Uri.PathAndQuery"/> of the destination, after every transform).</param>
    /// <param name="principal">Null where the endpoint is public and nobody is authenticated: the service still learns that the request came through the edge.</param>
    /// <exception cref="InvalidOperationException">The principal's object limits do not fit into a header.</exception>
    public static string Create(InstallationKeys keys, string method, string pathAndQuery, Principal? principal, DateTimeOffset now)
    {
        Span<byte> number = stackalloc byte[NonceBytes];
        Nonces.Next(number);
        Span<char> nonce = stackalloc char[NonceLength];
        Base64Url.EncodeToChars(number, nonce);
        var who = principal is null ? "" : Written.GetValue(principal, static it => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(it, ContractsJson.Default.Principal)));
        Span<char> digits = stackalloc char[20];
        now.ToUnixTimeMilliseconds().TryFormat(digits, out var count, default, CultureInfo.InvariantCulture);
        var time = digits[..count];
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        KeyedHash.Of(keys.Signing, method, pathAndQuery, time, nonce, who, mac);
        Span<char> signature = stackalloc char[MacLength];
        Base64Url.EncodeToChars(mac, signature);
        var header = string.Create(CultureInfo.InvariantCulture, $"{Version}.{time}.{nonce}.{who}.{signature}");
        return header.Length <= MaxLength ? header : throw new InvalidOperationException($"The limits of {principal?.Id} do not fit into {MaxLength} characters; name fewer agents or sessions.");
    }
}

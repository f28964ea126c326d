using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Trust;

/// <summary>
/// The header by which the edge tells a service who is calling: <c>v1.{unix ms}.{nonce}.{principal}.{mac}</c>, for example
/// <c>v1.1767225600000.3q2-7wAAAAAAAAAAAAAAAA.eyJpZCI6Im9wZXJhdG9yIi…fQ.pJ0u…</c>. Nonce: 16 random bytes; principal: its JSON, empty where nobody is
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

    /// <summary>The value of the header for one request.</summary>
    /// <param name="pathAndQuery">Exactly as it goes onto the wire (<see cref="Uri.PathAndQuery"/> of the destination, after every transform).</param>
    /// <param name="principal">Null where the endpoint is public and nobody is authenticated: the service still learns that the request came through the edge.</param>
    /// <exception cref="InvalidOperationException">The principal's object limits do not fit into a header.</exception>
    public static string Create(InstallationKeys keys, string method, string pathAndQuery, Principal? principal, DateTimeOffset now)
    {
        Span<byte> random = stackalloc byte[NonceBytes];
        RandomNumberGenerator.Fill(random);
        var nonce = Base64Url.EncodeToString(random);
        var who = principal is null ? "" : Written.GetValue(principal, static it => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(it, ContractsJson.Default.Principal)));
        var time = now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Mac(keys.Signing, method, pathAndQuery, time, nonce, who, mac);
        var header = $"{Version}.{time}.{nonce}.{who}.{Base64Url.EncodeToString(mac)}";
        return header.Length <= MaxLength ? header : throw new InvalidOperationException($"The limits of {principal?.Id} do not fit into {MaxLength} characters; name fewer agents or sessions.");
    }

    internal static void Mac(byte[] key, string method, string pathAndQuery, string time, string nonce, string who, Span<byte> mac)
    {
        // Line feeds cannot occur in any of the parts, so no two requests have one text.
        const int Separators = 5;
        var longest = Encoding.UTF8.GetMaxByteCount(Version.Length + method.Length + pathAndQuery.Length + time.Length + nonce.Length + who.Length + Separators);
        var rented = ArrayPool<byte>.Shared.Rent(longest);
        var text = rented.AsSpan();
        var length = Put(Version, text);
        foreach (var part in (ReadOnlySpan<string>)[method.ToUpperInvariant(), pathAndQuery, time, nonce, who])
        {
            text[length++] = (byte)'\n';
            length += Put(part, text[length..]);
        }

        HMACSHA256.HashData(key, text[..length], mac);
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static int Put(string part, Span<byte> text) => Encoding.UTF8.GetBytes(part, text);
}

using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Trust;

/// <summary>Why a request was not believed. For the log; the caller learns only that it was not.</summary>
internal enum SignatureFault
{
    None,
    Missing,
    Malformed,
    WrongSignature,
    OutOfTime,
    Replayed,
    TooManyRequests,
}

/// <summary>Checks <see cref="SignedPrincipal.HeaderName"/>.</summary>
internal sealed class PrincipalVerifier(InstallationKeys keys, TimeProvider clock)
{
    /// <summary>How far two clocks of one installation may be apart, and how long a nonce is remembered.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    private const int MacLength = 43;  // 32 bytes in base64url
    private const int NonceLength = 22; // 16 bytes
    private const int TimeLength = 16;
    private readonly NonceCache _nonces = new(Skew);

    public SignatureFault Verify(string? header, string method, string pathAndQuery, out Principal? principal)
    {
        principal = null;
        if (string.IsNullOrEmpty(header))
        {
            return SignatureFault.Missing;
        }

        if (header.Length > SignedPrincipal.MaxLength || header.Split('.') is not [SignedPrincipal.Version, var time, var nonce, var who, var mac]
            || time.Length > TimeLength || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            || nonce.Length != NonceLength || mac.Length != MacLength || !Base64Url.IsValid(mac))
        {
            return SignatureFault.Malformed;
        }

        var given = Base64Url.DecodeFromChars(mac);
        if (!Matches(given, method, pathAndQuery, time, nonce, who))
        {
            // Perhaps a key of after the last look. Matched again whoever looked: of two requests that come with it at once only one sees the file change.
            keys.Refresh();
            if (!Matches(given, method, pathAndQuery, time, nonce, who))
            {
                return SignatureFault.WrongSignature;
            }
        }

        // Only what is signed correctly reaches the clock and the cache: a stranger can fill neither.
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (Math.Abs(now - milliseconds) > (long)Skew.TotalMilliseconds)
        {
            return SignatureFault.OutOfTime;
        }

        if (_nonces.Add(nonce, milliseconds, now) is var fault and not SignatureFault.None)
        {
            return fault;
        }

        return who.Length == 0 || TryRead(who, out principal) ? SignatureFault.None : SignatureFault.Malformed;
    }

    private bool Matches(byte[] given, string method, string pathAndQuery, string time, string nonce, string who)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var key in keys.Verifying)
        {
            // Which of the two keys it was is no secret: the first one that fits ends the search.
            SignedPrincipal.Mac(key, method, pathAndQuery, time, nonce, who, expected);
            if (CryptographicOperations.FixedTimeEquals(given, expected))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryRead(string who, out Principal? principal)
    {
        principal = null;
        try
        {
            principal = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(who), ContractsJson.Default.Principal);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return false; // signed by us and unreadable: two versions of the product that do not understand each other
        }

        return principal is { Id.Length: > 0 and <= 128, Scope: >= OperatorScope.Read and <= OperatorScope.Admin };
    }
}

using System.Buffers.Text;
using System.Collections.Concurrent;
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

    /// <summary>So many came after it that nobody knows any more whether it was here.</summary>
    Overtaken,
    TooManySigners,
}

/// <summary>Checks <see cref="SignedPrincipal.HeaderName"/>.</summary>
internal sealed class PrincipalVerifier(InstallationKeys keys, TimeProvider clock)
{
    /// <summary>How far two clocks of one installation may be apart.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    private const int TimeLength = 16;
    private const int Parts = 5;
    private const int MostRemembered = 256;

    // What a principal's JSON says, for those that were signed lately: most requests come from very few. Only what is signed by us gets in.
    private readonly ConcurrentDictionary<string, Principal> _read = new(StringComparer.Ordinal);
    private readonly ReplayWindows _seen = new(Skew);

    public SignatureFault Verify(string? header, string method, string pathAndQuery, out Principal? principal)
    {
        principal = null;
        if (string.IsNullOrEmpty(header))
        {
            return SignatureFault.Missing;
        }

        Span<Range> parts = stackalloc Range[Parts + 1];
        if (header.Length > SignedPrincipal.MaxLength || header.AsSpan().Split(parts, '.') != Parts || header.AsSpan(parts[0]) is not SignedPrincipal.Version)
        {
            return SignatureFault.Malformed;
        }

        var time = header.AsSpan(parts[1]);
        var nonce = header.AsSpan(parts[2]);
        var who = header.AsSpan(parts[3]);
        var mac = header.AsSpan(parts[4]);
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (time.Length > TimeLength || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            || nonce.Length != SignedPrincipal.NonceLength || mac.Length != SignedPrincipal.MacLength || !Base64Url.IsValid(mac) || !Base64Url.TryDecodeFromChars(mac, given, out _))
        {
            return SignatureFault.Malformed;
        }

        if (!Matches(given, method, pathAndQuery, time, nonce, who))
        {
            // Perhaps a key of after the last look. Matched again whoever looked: of two requests that come with it at once only one sees the file change.
            keys.Refresh();
            if (!Matches(given, method, pathAndQuery, time, nonce, who))
            {
                return SignatureFault.WrongSignature;
            }
        }

        // Only what is signed correctly reaches the clock and the windows: a stranger can fill neither.
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (Math.Abs(now - milliseconds) > (long)Skew.TotalMilliseconds)
        {
            return SignatureFault.OutOfTime;
        }

        if (_seen.Add(nonce, now) is var fault and not SignatureFault.None)
        {
            return fault;
        }

        return who.Length == 0 || TryRead(who, out principal) ? SignatureFault.None : SignatureFault.Malformed;
    }

    private bool Matches(
        ReadOnlySpan<byte> given, string method, string pathAndQuery, ReadOnlySpan<char> time, ReadOnlySpan<char> nonce, ReadOnlySpan<char> who)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var key in keys.Verifying)
        {
            // Which of the two keys it was is no secret: the first one that fits ends the search.
            KeyedHash.Of(key, method, pathAndQuery, time, nonce, who, expected);
            if (CryptographicOperations.FixedTimeEquals(given, expected))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryRead(ReadOnlySpan<char> who, out Principal? principal)
    {
        if (_read.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(who, out principal))
        {
            return true;
        }

        try
        {
            principal = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(who), ContractsJson.Default.Principal);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return false; // signed by us and unreadable: two versions of the product that do not understand each other
        }

        if (principal is not { Id.Length: > 0 and <= 128, Scope: >= OperatorScope.Read and <= OperatorScope.Admin })
        {
            return false;
        }

        if (_read.Count >= MostRemembered)
        {
            _read.Clear();
        }

        _read[who.ToString()] = principal;
        return true;
    }
}

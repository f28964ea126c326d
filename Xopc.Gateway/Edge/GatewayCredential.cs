using System.Security.Cryptography;
using System.Text;

namespace Xopc.Gateway.Edge;

/// <summary>How callers prove who they are.</summary>
public enum GatewayAuthMode
{
    /// <summary>A random token, configured or generated.</summary>
    Token,

    /// <summary>A password, carried the same way as a token.</summary>
    Password,

    /// <summary>Everybody is the operator.</summary>
    None,
}

/// <summary>
/// The one holder of the edge's credential: authentication, the banner and a later refresh all look here, so a change is seen by the next request.
/// It keeps the SHA-256 of the secret for comparing; digests have one length, so the comparison takes the same time whatever was presented.
/// </summary>
public sealed class GatewayCredential
{
    /// <summary>Longest credential that is looked at, in characters; longer ones are wrong.</summary>
    public const int MaxLength = 1024;

    private State _state;

    /// <exception cref="ArgumentException">A mode that needs a secret has none, or it is longer than <see cref="MaxLength"/>.</exception>
    public GatewayCredential(GatewayAuthMode mode, string? secret, bool generated = false) => _state = State.Create(mode, secret, generated);

    public GatewayAuthMode Mode => _state.Mode;

    /// <summary>Whether the token was made by the gateway itself and lies in <c>credentials/gateway-token</c>.</summary>
    public bool IsGenerated => _state.Generated;

    /// <summary>First and last characters for people to recognise it, e.g. <c>abc12345…xyz67890</c>; null in mode none; short secrets are hidden whole.</summary>
    public string? Masked => _state.Masked;

    /// <summary>Swaps the credential. What was authenticated with the old one ends.</summary>
    public void Replace(GatewayAuthMode mode, string? secret, bool generated = false)
    {
        var replaced = Interlocked.Exchange(ref _state, State.Create(mode, secret, generated));
        replaced.Revocation.Cancel();
    }

    /// <summary>Whether <paramref name="presented"/> is the secret. Never true for nothing, and never true in mode none, where nothing is asked.</summary>
    public bool Matches(string? presented) => IsSecret(presented, out _);

    /// <param name="revoked">Of the secret that matched: cancelled once another one has taken its place.</param>
    internal bool IsSecret(string? presented, out CancellationToken revoked)
    {
        var state = Volatile.Read(ref _state);
        revoked = state.Revocation.Token;
        if (state.Mode is GatewayAuthMode.None || string.IsNullOrEmpty(presented) || presented.Length > MaxLength)
        {
            return false;
        }

        Span<byte> utf8 = stackalloc byte[MaxLength * 3];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(presented, utf8)], digest);
        return CryptographicOperations.FixedTimeEquals(digest, state.Digest);
    }

    private sealed record State(GatewayAuthMode Mode, byte[] Digest, bool Generated, string? Masked)
    {
        // Never disposed of: it has no timer, and a request may register with it while it is replaced.
        public CancellationTokenSource Revocation { get; } = new();

        public static State Create(GatewayAuthMode mode, string? secret, bool generated)
        {
            if (mode is GatewayAuthMode.None)
            {
                return new State(mode, [], false, null);
            }

            var trimmed = secret?.Trim();
            if (string.IsNullOrEmpty(trimmed) || trimmed.Length > MaxLength)
            {
                throw new ArgumentException($"Authentication mode {mode} needs a secret of 1 to {MaxLength} characters.", nameof(secret));
            }

            // 16 characters stay hidden between the ends, so what is shown helps nobody to guess.
            var masked = trimmed.Length >= 32 ? $"{trimmed[..8]}…{trimmed[^8..]}" : "••••••••";
            return new State(mode, SHA256.HashData(Encoding.UTF8.GetBytes(trimmed)), generated, masked);
        }
    }
}

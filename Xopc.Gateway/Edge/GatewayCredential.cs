using System.Security.Cryptography;
using System.Text;
using Xopc.Contracts;

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

    /// <summary>Whether <see cref="CredentialWatch"/> keeps it equal to what configuration and credential file say.</summary>
    internal bool FollowsConfiguration { get; init; }

    /// <summary>The caller that everybody is in mode none; ends with that mode.</summary>
    internal KnownCaller Everybody => Volatile.Read(ref _state).Caller;

    /// <summary>Swaps the credential. What was authenticated with the old one ends.</summary>
    public void Replace(GatewayAuthMode mode, string? secret, bool generated = false)
    {
        var replaced = Interlocked.Exchange(ref _state, State.Create(mode, secret, generated));
        replaced.Revocation.Cancel();
    }

    /// <summary>Whether <paramref name="presented"/> is the secret. Never true for nothing, and never true in mode none, where nothing is asked.</summary>
    public bool Matches(string? presented) => Find(presented) is not null;

    /// <summary>Whoever presents the secret; null for anything else.</summary>
    internal KnownCaller? Find(string? presented)
    {
        var state = Volatile.Read(ref _state);
        if (state.Mode is GatewayAuthMode.None || string.IsNullOrEmpty(presented) || presented.Length > MaxLength)
        {
            return null;
        }

        Span<byte> utf8 = stackalloc byte[presented.Length * 3]; // at most 3 KB, as of MaxLength; what is taken is zeroed first
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(presented, utf8)], digest);
        return CryptographicOperations.FixedTimeEquals(digest, state.Digest) ? state.Caller : null;
    }

    private sealed class State(GatewayAuthMode mode, byte[] digest, bool generated, string? masked)
    {
        // Never disposed of: it has no timer, and a request may register with it while it is replaced.
        public CancellationTokenSource Revocation { get; } = new();

        public KnownCaller Caller => field ??= new KnownCaller(Principal.Operator, Revocation.Token);

        public GatewayAuthMode Mode => mode;

        public byte[] Digest => digest;

        public bool Generated => generated;

        public string? Masked => masked;

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

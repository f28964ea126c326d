using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Xopc.Gateway.Edge;

/// <summary>
/// Random secrets of 256 bits that stand for a caller for a while. Only their SHA-256 is kept. Bounded per principal: one more ends that principal's
/// oldest. One whose caller was revoked is worth nothing.
/// </summary>
internal sealed class OneTimeTable(TimeProvider clock, TimeSpan lifetime, int perPrincipal)
{
    private const int SecretBytes = 32;
    private const int TextLength = 43;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    private sealed record Entry(KnownCaller Caller, DateTimeOffset Made);

    public string Add(KnownCaller caller)
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            foreach (var dead in _entries.Where(entry => IsDead(entry.Value, now)).Select(entry => entry.Key).ToList())
            {
                _entries.Remove(dead);
            }

            var own = _entries.Where(entry => entry.Value.Caller.Principal.Id == caller.Principal.Id).ToList();
            if (own.Count >= perPrincipal)
            {
                _entries.Remove(own.MinBy(entry => entry.Value.Made).Key);
            }

            _entries[KeyOf(secret)] = new Entry(caller, now);
        }

        return secret;
    }

    /// <summary>Null: nobody's, too old, or its caller has ended.</summary>
    public KnownCaller? Find(string? secret) => Look(secret, take: false);

    /// <summary>The same, once: whoever takes it first is the only one.</summary>
    public KnownCaller? Take(string? secret) => Look(secret, take: true);

    private KnownCaller? Look(string? secret, bool take)
    {
        if (secret is not { Length: TextLength })
        {
            return null;
        }

        var key = KeyOf(secret);
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var entry))
            {
                return null;
            }

            var dead = IsDead(entry, clock.GetUtcNow());
            if (take || dead)
            {
                _entries.Remove(key);
            }

            return dead ? null : entry.Caller;
        }
    }

    private bool IsDead(Entry entry, DateTimeOffset now) => now - entry.Made >= lifetime || entry.Caller.Revoked.IsCancellationRequested;

    private static string KeyOf(string secret) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Xopc.Gateway.Edge.Limits;

/// <summary>
/// The secrets that public endpoints took last, as hashes, one for each path. The edge cannot check them itself, and needs to know one for one thing only: whoever shows it is let
/// in also from an address that is blocked, so that nobody locks out a platform whose address he shares.
/// </summary>
internal sealed class AcceptedSecrets
{
    // As many as there may be accounts, and room; only a right secret takes a place.
    private const int Most = 1_000;

    private readonly ConcurrentDictionary<string, byte[]> _hashes = new(StringComparer.Ordinal);

    public void Remember(PathString path, string secret)
    {
        var key = KeyOf(path);
        if (_hashes.Count < Most || _hashes.ContainsKey(key))
        {
            _hashes[key] = HashOf(secret);
        }
    }

    public bool Knows(PathString path, string secret) => _hashes.TryGetValue(KeyOf(path), out var hash) && CryptographicOperations.FixedTimeEquals(hash, HashOf(secret));

    private static string KeyOf(PathString path) => path.Value ?? "";

    private static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}

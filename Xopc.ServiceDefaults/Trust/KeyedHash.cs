using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Xopc.ServiceDefaults.Trust;

/// <summary>
/// HMAC-SHA256 over the parts of a signed request. A thread keeps the hash of the key it used last: to set one up anew costs OpenSSL more than to hash
/// such a text.
/// </summary>
internal sealed class KeyedHash
{
    [ThreadStatic]
    private static KeyedHash? _ofThread;

    private readonly byte[] _key;
    private readonly IncrementalHash _hash;

    private KeyedHash(byte[] key) => (_key, _hash) = (key, IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key));

    public static void Of(
        byte[] key, string method, string pathAndQuery, ReadOnlySpan<char> time, ReadOnlySpan<char> nonce, ReadOnlySpan<char> who, Span<byte> mac)
    {
        // Line feeds cannot occur in any of the parts, so no two requests have one text.
        const int Separators = 5;
        var longest = Encoding.UTF8.GetMaxByteCount(SignedPrincipal.Version.Length + method.Length + pathAndQuery.Length + time.Length + nonce.Length + who.Length + Separators);
        var rented = ArrayPool<byte>.Shared.Rent(longest);
        var length = Encoding.UTF8.GetBytes(SignedPrincipal.Version, rented);
        length = Put(method.ToUpperInvariant(), rented, length);
        length = Put(pathAndQuery, rented, length);
        length = Put(time, rented, length);
        length = Put(nonce, rented, length);
        length = Put(who, rented, length);
        Of(key, rented.AsSpan(0, length), mac);
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static void Of(byte[] key, ReadOnlySpan<byte> text, Span<byte> mac)
    {
        var ofThread = _ofThread;
        if (ofThread?._key != key) // of a rotated key, or of a verifier that tries both
        {
            ofThread?._hash.Dispose();
            _ofThread = ofThread = new KeyedHash(key);
        }

        ofThread._hash.AppendData(text);
        ofThread._hash.GetHashAndReset(mac);
    }

    private static int Put(ReadOnlySpan<char> part, byte[] text, int length)
    {
        text[length++] = (byte)'\n';
        return length + Encoding.UTF8.GetBytes(part, text.AsSpan(length));
    }
}

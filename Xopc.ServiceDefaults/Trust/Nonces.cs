using System.Security.Cryptography;

namespace Xopc.ServiceDefaults.Trust;

/// <summary>
/// Random bytes for nonces, drawn for 32 of them at once: the generator costs the same for 16 bytes as for 512. Each is given out once.
/// </summary>
internal sealed class Nonces
{
    private const int AtOnce = 32;

    [ThreadStatic]
    private static Nonces? _ofThread;

    private readonly byte[] _drawn = new byte[AtOnce * SignedPrincipal.NonceBytes];
    private int _used = AtOnce;

    /// <summary>Valid until the next call of this thread.</summary>
    public static ReadOnlySpan<byte> Next() => (_ofThread ??= new Nonces()).Take();

    private ReadOnlySpan<byte> Take()
    {
        if (_used == AtOnce)
        {
            RandomNumberGenerator.Fill(_drawn);
            _used = 0;
        }

        return _drawn.AsSpan(SignedPrincipal.NonceBytes * _used++, SignedPrincipal.NonceBytes);
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Xopc.ServiceDefaults.Trust;

/// <summary>
/// What makes every signature its own: 8 random bytes that name this process, and the number of the request in it. A verifier can remember a million
/// numbers in a million bits (<see cref="ReplayWindow"/>); of random nonces it had to remember each. Nobody needs to be unable to guess one: the signature
/// covers it.
/// </summary>
internal static class Nonces
{
    private static readonly ulong Signer = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private static ulong _number;

    /// <param name="nonce"><see cref="SignedPrincipal.NonceBytes"/> long.</param>
    public static void Next(Span<byte> nonce)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(nonce, Signer);
        BinaryPrimitives.WriteUInt64LittleEndian(nonce[sizeof(ulong)..], Interlocked.Increment(ref _number));
    }

    public static (ulong Signer, ulong Number) Read(ReadOnlySpan<byte> nonce) =>
        (BinaryPrimitives.ReadUInt64LittleEndian(nonce), BinaryPrimitives.ReadUInt64LittleEndian(nonce[sizeof(ulong)..]));
}

namespace Xopc.ServiceDefaults.Trust;

/// <summary>
/// Which of one signer's last numbers have been here: a bit each, in a ring. Not thread-safe.
/// </summary>
/// <param name="size">Bits of the ring, a multiple of 64. A request may fall behind its signer's newest by 64 less.</param>
internal sealed class ReplayWindow(int size)
{
    private const int Bits = 64;

    private readonly ulong[] _seen = new ulong[size / Bits];
    private ulong _highest;

    /// <summary>When it was last asked, in Unix milliseconds.</summary>
    public long UsedAt { get; private set; }

    public SignatureFault Add(ulong number, long now)
    {
        UsedAt = now;
        if (number > _highest)
        {
            Advance(number);
        }
        else if (_highest - number > (ulong)(size - Bits))
        {
            return SignatureFault.Overtaken;
        }

        ref var word = ref _seen[Word(number)];
        var bit = 1UL << (int)(number % Bits);
        if ((word & bit) != 0)
        {
            return SignatureFault.Replayed;
        }

        word |= bit;
        return SignatureFault.None;
    }

    // The ring moves word by word: the newest number's word holds, while it fills, nothing of the oldest any more. Hence the 64 less.
    private void Advance(ulong number)
    {
        var words = number / Bits - _highest / Bits;
        if (words >= (ulong)_seen.Length)
        {
            Array.Clear(_seen);
        }
        else
        {
            for (var step = 1UL; step <= words; step++)
            {
                _seen[Word(_highest + step * Bits)] = 0;
            }
        }

        _highest = number;
    }

    private int Word(ulong number) => (int)(number / Bits % (ulong)_seen.Length);
}

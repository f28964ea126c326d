using System.Buffers.Text;

namespace Xopc.ServiceDefaults.Trust;

/// <summary>
/// Sees that no signature is believed twice: one <see cref="ReplayWindow"/> for each process that signs, 128 KiB. A window goes when nothing that was signed
/// by then would be in time any more; when there are too many, new signers are refused rather than old ones forgotten.
/// </summary>
/// <param name="skew">How far a signature's time may be from now.</param>
internal sealed class ReplayWindows(TimeSpan skew, int size = ReplayWindows.Size, int mostSigners = 256)
{
    /// <summary>A million requests: a minute, the longest that a signature lives, at 17,000 a second.</summary>
    public const int Size = 1024 * 1024;

    private readonly Dictionary<ulong, ReplayWindow> _windows = [];
    private readonly Lock _gate = new();

    /// <param name="nonce">As it stands in the header.</param>
    /// <param name="now">In Unix milliseconds.</param>
    public SignatureFault Add(ReadOnlySpan<char> nonce, long now)
    {
        Span<byte> bytes = stackalloc byte[SignedPrincipal.NonceBytes];
        if (!Base64Url.IsValid(nonce, out var length) || length != bytes.Length || !Base64Url.TryDecodeFromChars(nonce, bytes, out _))
        {
            return SignatureFault.Malformed;
        }

        var (signer, number) = Nonces.Read(bytes);
        lock (_gate)
        {
            if (!_windows.TryGetValue(signer, out var window))
            {
                Forget(now);
                if (_windows.Count >= mostSigners)
                {
                    return SignatureFault.TooManySigners;
                }

                _windows[signer] = window = new ReplayWindow(size);
            }

            return window.Add(number, now);
        }
    }

    // Twice the skew: what a clock that is ahead signed just before the last look is in time for so long.
    private void Forget(long now)
    {
        var ended = now - (2 * (long)skew.TotalMilliseconds);
        foreach (var signer in _windows.Where(item => item.Value.UsedAt < ended).Select(item => item.Key).ToArray())
        {
            _windows.Remove(signer);
        }
    }
}

using System.Buffers.Binary;
using System.Buffers.Text;
using Xopc.ServiceDefaults.Trust;

namespace Xopc.ServiceDefaults.Tests.Trust;

/// <summary>No number is believed twice, whatever the order, and what fell too far behind is refused rather than believed.</summary>
public sealed class ReplayWindowTests
{
    private const int Size = 256;
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    [Fact]
    public void In_any_order_each_number_passes_once()
    {
        var random = new Random(20261124);
        var window = new ReplayWindow(Size);
        var believed = new HashSet<ulong>();
        var highest = 0UL;
        for (var i = 0; i < 200_000; i++)
        {
            // Around the newest, now and then a leap: of a word, of the ring, of several rings.
            var number = random.Next(200) switch
            {
                0 => highest + (ulong)random.Next(1, 1500),
                1 => highest + 64,
                _ => (ulong)Math.Max(0, (long)highest + random.Next(-Size - 70, 4)),
            };
            var fault = window.Add(number, now: 0);
            if (fault is SignatureFault.None)
            {
                Assert.True(believed.Add(number), $"{number} was believed twice");
            }
            else
            {
                Assert.True(fault is SignatureFault.Replayed ? believed.Contains(number) : highest - number > Size - 64, $"{number} behind {highest} is {fault}");
            }

            highest = Math.Max(highest, number);
        }
    }

    [Fact]
    public void A_number_that_nobody_can_judge_any_more_is_refused()
    {
        var window = new ReplayWindow(Size);

        Assert.Equal(SignatureFault.None, window.Add(1, 0));
        Assert.Equal(SignatureFault.None, window.Add(193, 0));
        Assert.Equal(SignatureFault.Replayed, window.Add(1, 0));
        Assert.Equal(SignatureFault.None, window.Add(194, 0));
        Assert.Equal(SignatureFault.Overtaken, window.Add(1, 0));
        Assert.Equal(SignatureFault.None, window.Add(ulong.MaxValue, 0));
        Assert.Equal(SignatureFault.Replayed, window.Add(ulong.MaxValue, 0));
        Assert.Equal(SignatureFault.Overtaken, window.Add(194, 0));
    }

    [Fact]
    public void Signers_do_not_meet_and_are_forgotten_when_nothing_of_them_is_in_time()
    {
        var windows = new ReplayWindows(Skew, Size, mostSigners: 2);

        Assert.Equal(SignatureFault.None, windows.Add(Nonce(1, 5), 0));
        Assert.Equal(SignatureFault.None, windows.Add(Nonce(2, 5), 0));
        Assert.Equal(SignatureFault.Replayed, windows.Add(Nonce(1, 5), 60_000));
        Assert.Equal(SignatureFault.TooManySigners, windows.Add(Nonce(3, 1), 120_000));
        Assert.Equal(SignatureFault.None, windows.Add(Nonce(3, 1), 120_001)); // the second was last heard of at 0
        Assert.Equal(SignatureFault.Replayed, windows.Add(Nonce(1, 5), 120_001));
        Assert.Equal(SignatureFault.TooManySigners, windows.Add(Nonce(2, 6), 120_001));
    }

    [Theory]
    [InlineData("")]
    [InlineData("!AAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_no_nonce_is_malformed(string nonce) => Assert.Equal(SignatureFault.Malformed, new ReplayWindows(Skew).Add(nonce, 0));

    [Fact]
    public void A_process_gives_each_number_once_from_however_many_threads()
    {
        var given = new System.Collections.Concurrent.ConcurrentBag<(ulong, ulong)>();
        Parallel.For(0, 10_000, _ =>
        {
            Span<byte> nonce = stackalloc byte[SignedPrincipal.NonceBytes];
            Nonces.Next(nonce);
            given.Add(Nonces.Read(nonce));
        });

        Assert.Equal(10_000, given.Distinct().Count());
        Assert.Single(given.Select(item => item.Item1).Distinct());
    }

    private static string Nonce(ulong signer, ulong number)
    {
        var bytes = new byte[SignedPrincipal.NonceBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, signer);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), number);
        return Base64Url.EncodeToString(bytes);
    }
}

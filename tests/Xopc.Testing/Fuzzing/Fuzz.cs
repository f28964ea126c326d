using System.Globalization;
using System.Text;

namespace Xopc.Testing.Fuzzing;

/// <summary>
/// Feeds a parser with random bytes and with damaged samples. What it may throw is named; everything else fails and says the seed and the input. Allocation
/// per input is bounded by a multiple of its size, so a length field that is believed shows up.
/// </summary>
public static class Fuzz
{
    // An exception with its stack trace costs something of itself.
    private const long Each = 256 * 1024;

    /// <summary>Ten million with <c>XOPC_TEST_FULL=1</c>; <c>XOPC_TEST_FUZZ_BYTES</c> says another number.</summary>
    public static long Bytes => long.TryParse(Environment.GetEnvironmentVariable("XOPC_TEST_FUZZ_BYTES"), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes
        : Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1" ? 10_000_000 : 200_000;

    /// <summary>Where a run begins; another one with <c>XOPC_TEST_SEED</c>.</summary>
    public static int Seed => int.TryParse(Environment.GetEnvironmentVariable("XOPC_TEST_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : 20261124;

    /// <inheritdoc cref="Parse(Action{byte[]}, IReadOnlyList{string}, int, long, Type[])"/>
    public static FuzzCount Text(Action<string> parse, IReadOnlyList<string> samples, params Type[] expected) => Text(parse, samples, 1024, expected);

    /// <inheritdoc cref="Parse(Action{byte[]}, IReadOnlyList{string}, int, long, Type[])"/>
    public static FuzzCount Text(Action<string> parse, IReadOnlyList<string> samples, int longest, params Type[] expected) => Parse(OfText(parse), samples, longest, Each, expected);

    /// <summary>Half the inputs as a listener would hand them over, a character per byte; half as text, with what broken UTF-8 becomes.</summary>
    public static Action<byte[]> OfText(Action<string> parse) => bytes => parse(bytes.Length % 2 == 0 ? Encoding.Latin1.GetString(bytes) : Encoding.UTF8.GetString(bytes));

    /// <inheritdoc cref="Parse(Action{byte[]}, IReadOnlyList{string}, int, long, Type[])"/>
    public static FuzzCount Parse(Action<byte[]> parse, IReadOnlyList<string> samples, int longest, params Type[] expected) => Parse(parse, samples, longest, Each, expected);

    /// <param name="parse">Is given every input. Throws one of <paramref name="expected"/>, or nothing.</param>
    /// <param name="samples">Valid ones: most inputs are one of them with damage, which gets further than noise.</param>
    /// <param name="longest">Longest input in bytes; a sample is longer by its damage.</param>
    /// <param name="allowed">Bytes that one input may allocate whatever its length; a KiB for each of its bytes comes to it.</param>
    /// <param name="expected">The parser's documented refusals.</param>
    /// <returns>How many inputs were taken and refused: a run in which nothing is ever taken has tested nothing.</returns>
    public static FuzzCount Parse(Action<byte[]> parse, IReadOnlyList<string> samples, int longest, long allowed, params Type[] expected)
    {
        var seed = Seed;
        var random = new Random(seed);
        var (taken, refused) = (0, 0);
        foreach (var sample in samples)
        {
            parse(Encoding.UTF8.GetBytes(sample)); // valid ones are valid; also pays for what is made once
        }

        for (long fed = 0; fed < Bytes;)
        {
            var input = samples.Count > 0 && random.Next(4) > 0 ? Damage(random, Encoding.UTF8.GetBytes(samples[random.Next(samples.Count)]), samples) : Noise(random, longest);
            fed += Math.Max(1, input.Length);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                parse(input);
                taken++;
            }
            catch (Exception e) when (expected.Any(type => type.IsInstanceOfType(e)))
            {
                refused++;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}, input {Show(input)}", e);
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > allowed + (1024L * input.Length))
            {
                throw new InvalidOperationException($"Seed {seed}: {allocated} bytes were allocated for {input.Length}: {Show(input)}");
            }
        }

        return new FuzzCount(taken, refused);
    }

    /// <summary>A sample, cut, repeated, spliced with another or peppered.</summary>
    public static byte[] Damage(Random random, byte[] sample, IReadOnlyList<string> samples)
    {
        var bytes = new List<byte>(sample);
        for (var times = random.Next(1, 5); times > 0 && bytes.Count > 0; times--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 12), bytes.Count - at);
            switch (random.Next(7))
            {
                case 0:
                    bytes.RemoveRange(at, length);
                    break;
                case 1:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 2:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 3:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 4:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                    break;
                case 5:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    var other = Encoding.UTF8.GetBytes(samples[random.Next(samples.Count)]);
                    bytes.RemoveRange(at, bytes.Count - at);
                    bytes.AddRange(other[random.Next(other.Length + 1)..]);
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] Noise(Random random, int longest)
    {
        var bytes = new byte[random.Next(longest + 1)];
        random.NextBytes(bytes);
        if (random.Next(2) == 0)
        {
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] = (byte)(32 + (bytes[i] % 95)); // printable noise gets past the first look of text parsers
            }
        }

        return bytes;
    }

    private static string Show(byte[] input) => $"({input.Length} bytes, base64) {Convert.ToBase64String(input.AsSpan(0, Math.Min(input.Length, 600)))}";

    private static readonly string[] Pieces =
    [
        "\0", "\r\n", "\n", "\n\n", "\r", ":", "::", "/", "//", "\\", "..", "../", "%", "%00", "%2f", "*", "**", "?", "[", "]", "{", "}", "${", "${A}", "$", "\"", "'", ",", ";", "=", "-1", "0", "99999999999999999999",
        "9223372036854775807", "-9223372036854775808", "1e999", "NaN", "null", "true", "[]", "{}", "[[[[[[[[", "{\"a\":", "\\ud800", "\\u0000", "\u00e9", "\u202e", "\ufeff", "\ud83d\ude00", " ", "\t",
        "data: ", "event: ", "id: ", "retry: ", "[DONE]",
    ];
}

/// <summary>How many inputs a parser took and how many it refused.</summary>
public readonly record struct FuzzCount(int Taken, int Refused);

using System.Globalization;
using System.Text;

namespace Xopc.Testing.Fuzzing;

/// <summary>
/// Feeds a parser with random bytes and with damaged samples. What it may throw is named; everything else fails and says the seed and the input. Allocation
/// per input is bounded by a multiple of its size, so a length field that is believed shows up; what a thread computes for one input is bounded too, also for
/// long ones of one shape, so that a parser whose steps are the square of a length shows up.
/// </summary>
public static class Fuzz
{
    // An exception with its stack trace costs something of itself.
    private const long Each = 256 * 1024;

    // Inputs of one shape, as long as the largest header or line that anything of ours takes.
    private const int Long = 64 * 1024;

    // Of computing, not of the clock on the wall. What is linear takes milliseconds for the longest input, what is quadratic several seconds.
    private static readonly TimeSpan MostWork = TimeSpan.FromSeconds(2);

    /// <summary>The usual longest random input. A parser that is given less has its length bounded by its caller, and gets no long inputs either.</summary>
    private const int Whole = 1024;

    /// <summary>Ten million with <c>XOPC_TEST_FULL=1</c>; <c>XOPC_TEST_FUZZ_BYTES</c> says another number.</summary>
    public static long Bytes => long.TryParse(Environment.GetEnvironmentVariable("XOPC_TEST_FUZZ_BYTES"), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes
        : Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1" ? 10_000_000 : 200_000;

    /// <summary>Where a run begins; another one with <c>XOPC_TEST_SEED</c>.</summary>
    public static int Seed => int.TryParse(Environment.GetEnvironmentVariable("XOPC_TEST_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : 20261124;

    /// <inheritdoc cref="Parse(Action{byte[]}, IReadOnlyList{string}, int, long, Type[])"/>
    public static FuzzCount Text(Action<string> parse, IReadOnlyList<string> samples, params Type[] expected) => Text(parse, samples, Whole, expected);

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
        var random = new Random(Seed);
        var (taken, refused) = (0, 0);
        foreach (var sample in samples)
        {
            parse(Encoding.UTF8.GetBytes(sample)); // valid ones are valid; also pays for what is made once
        }

        for (long fed = 0; fed < Bytes;)
        {
            var input = samples.Count > 0 && random.Next(4) > 0 ? Damage(random, Encoding.UTF8.GetBytes(samples[random.Next(samples.Count)]), samples) : Noise(random, longest);
            fed += Math.Max(1, input.Length);
            Feed(input);
        }

        foreach (var input in longest < Whole ? [] : LongOnes(samples))
        {
            Feed(input);
        }

        return new FuzzCount(taken, refused);

        void Feed(byte[] input)
        {
            if (Try(parse, input, allowed, expected))
            {
                taken++;
            }
            else
            {
                refused++;
            }
        }
    }

    /// <summary>True when it was taken, false when it was refused as announced.</summary>
    private static bool Try(Action<byte[]> parse, byte[] input, long allowed, Type[] expected)
    {
        var (before, began) = (GC.GetAllocatedBytesForCurrentThread(), ThreadTime.Spent);
        var taken = true;
        try
        {
            parse(input);
        }
        catch (Exception e) when (expected.Any(type => type.IsInstanceOfType(e)))
        {
            taken = false;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {Seed}, input {Show(input)}", e);
        }

        var (allocated, worked) = (GC.GetAllocatedBytesForCurrentThread() - before, ThreadTime.Spent - began);
        return allocated > allowed + (1024L * input.Length) ? throw new InvalidOperationException($"Seed {Seed}: {allocated} bytes were allocated for {input.Length}: {Show(input)}")
            : worked > MostWork ? throw new InvalidOperationException($"Seed {Seed}: {worked} of computing for {input.Length} bytes: {Show(input)}")
            : taken;
    }

    /// <summary>Every sample and every piece again and again.</summary>
    private static IEnumerable<byte[]> LongOnes(IReadOnlyList<string> samples)
    {
        foreach (var shape in samples.Concat(Pieces).Select(Encoding.UTF8.GetBytes).Where(static shape => shape.Length is > 0 and < Long))
        {
            yield return [.. Enumerable.Repeat(shape, Long / shape.Length).SelectMany(static bytes => bytes)];
        }
    }

    /// <summary>A sample, cut, repeated, spliced with another or peppered.</summary>
    public static byte[] Damage(Random random, byte[] sample, IReadOnlyList<string> samples)
    {
        var bytes = new List<byte>(sample);
        for (var times = random.Next(1, 5); times > 0 && bytes.Count > 0; times--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 12), bytes.Count - at);
            switch (random.Next(9))
            {
                case 7:
                case 8:
                    ReplaceToken(random, bytes, at, samples);
                    break;
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

    /// <summary>What stands between two delimiters becomes another token, so that the structure around it holds and the damage gets deep.</summary>
    private static void ReplaceToken(Random random, List<byte> bytes, int at, IReadOnlyList<string> samples)
    {
        var (start, length) = TokenAt(bytes, at);
        byte[] other;
        if (random.Next(2) == 0)
        {
            other = Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]);
        }
        else
        {
            var sample = Encoding.UTF8.GetBytes(samples[random.Next(samples.Count)]);
            var (from, count) = sample.Length == 0 ? (0, 0) : TokenAt(sample, random.Next(sample.Length));
            other = sample[from..(from + count)];
        }

        bytes.RemoveRange(start, length);
        for (var times = random.Next(8) == 0 ? random.Next(2, 40) : 1; times > 0; times--)
        {
            bytes.InsertRange(start, other);
        }
    }

    private static (int Start, int Length) TokenAt(IReadOnlyList<byte> bytes, int at)
    {
        var (start, end) = (at, at + 1);
        while (start > 0 && !Delimiters.Contains(bytes[start - 1]))
        {
            start--;
        }

        while (end < bytes.Count && !Delimiters.Contains(bytes[end]))
        {
            end++;
        }

        return (start, end - start);
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

    private static readonly byte[] Delimiters = [.. "{}[](),:;=&?/. \n\r\t\"'|-@"u8];

    private static readonly string[] Pieces =
    [
        "\0", "\r\n", "\n", "\n\n", "\r", ":", "::", "/", "//", "\\", "..", "../", "%", "%00", "%2f", "*", "**", "?", "[", "]", "{", "}", "${", "${A}", "$", "\"", "'", ",", ";", "=", "-1", "0", "99999999999999999999",
        "9223372036854775807", "-9223372036854775808", "1e999", "NaN", "null", "true", "[]", "{}", "[[[[[[[[", "{\"a\":", "\\ud800", "\\u0000", "\u00e9", "\u202e", "\ufeff", "\ud83d\ude00", " ", "\t",
        "data: ", "event: ", "id: ", "retry: ", "[DONE]",
    ];
}

/// <summary>How many inputs a parser took and how many it refused.</summary>
public readonly record struct FuzzCount(int Taken, int Refused);

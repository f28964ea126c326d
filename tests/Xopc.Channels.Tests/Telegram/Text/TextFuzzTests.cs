using System.Text;
using Xopc.Channels.Telegram.Text;
using Xopc.Testing.Fuzzing;

namespace Xopc.Channels.Tests.Telegram.Text;

/// <summary>Two thousand documents, a hundred thousand with <c>XOPC_TEST_FULL=1</c>; where they begin is <c>XOPC_TEST_SEED</c>.</summary>
public sealed class TextFuzzTests
{
    private static readonly int Documents = Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1" ? 100_000 : 2_000;

    [Fact]
    public void Every_document_becomes_well_formed_parts_in_which_nothing_is_missing()
    {
        var (parts, entities, asWritten) = (0L, 0L, 0);
        Parallel.For(0, Documents, number =>
        {
            var random = new Random(SeedOf(Fuzz.Seed, number));
            var documents = new MarkdownDocuments(random);
            var kind = random.Next(10) switch { < 6 => DocumentKind.Whole, < 9 => DocumentKind.Broken, _ => DocumentKind.Noise };
            var (source, words) = kind switch
            {
                DocumentKind.Whole => documents.Whole(),
                DocumentKind.Broken => documents.Broken(),
                _ => (documents.Noise(), []),
            };
            try
            {
                var rendered = Check(source, words, kind, random, out var messages);
                Interlocked.Add(ref parts, messages.Count);
                Interlocked.Add(ref entities, messages.Sum(part => part.Entities.Count));
                Interlocked.Add(ref asWritten, rendered.AsWritten ? 1 : 0);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {Fuzz.Seed}, document {number}, {kind}: {e.Message}\n{Convert.ToBase64String(Encoding.Unicode.GetBytes(source))}", e);
            }
        });

        TestContext.Current.TestOutputHelper?.WriteLine($"{Documents} documents, {parts} parts, {entities} entities, {asWritten} as they were written");
        Assert.True(asWritten < Documents / 50, $"{asWritten} documents were not understood");
    }

    private static RenderedText Check(string source, IReadOnlyList<string> words, DocumentKind kind, Random random, out IReadOnlyList<TextPart> messages)
    {
        var inPieces = random.Next(4) == 0;
        var rendered = inPieces ? TelegramText.Render(MarkdownSource.Clean(source), whole: random.Next(1, 2000)) : TelegramText.Render(source);
        WellFormed.Check(rendered);
        var (first, others) = random.Next(3) switch { 0 => (4096, 4096), 1 => (1024, 4096), _ => (random.Next(16, 300), random.Next(16, 300)) };
        messages = TextSplitter.Split(rendered, first, others);
        WellFormed.Check(rendered, messages, first, others);
        if (kind == DocumentKind.Whole)
        {
            Assert.False(rendered.AsWritten);
        }

        Words(words, messages, inOrder: kind == DocumentKind.Whole);
        var again = TextSplitter.Split(TelegramText.Render(source), first, others);
        Assert.True(inPieces || messages.Select(part => part.Text).SequenceEqual(again.Select(part => part.Text)), "the same source gave other parts");
        return rendered;
    }

    private static void Words(IReadOnlyList<string> words, IReadOnlyList<TextPart> messages, bool inOrder)
    {
        var joined = string.Concat(messages.Select(part => part.Text));
        var hidden = new Lazy<string>(() => string.Join('\n', messages.SelectMany(part => part.Entities).Select(entity => entity.Url + entity.Language)));
        var at = 0;
        foreach (var word in words)
        {
            var found = joined.IndexOf(word, at, StringComparison.Ordinal);
            if (found < 0 && (inOrder || (joined.IndexOf(word, StringComparison.Ordinal) < 0 && !hidden.Value.Contains(word, StringComparison.Ordinal))))
            {
                Assert.Fail($"'{word}' is missing behind '{joined[Math.Max(0, at - 60)..at]}'");
            }

            at = inOrder ? found + word.Length : 0;
        }
    }

    // Each document has a seed of its own, so that one can be made again alone; HashCode of the runtime differs from run to run.
    private static int SeedOf(int seed, int number) => unchecked((seed * 397) ^ (number * 7919));

    private enum DocumentKind
    {
        Whole,
        Broken,
        Noise,
    }
}

using System.Text;

namespace Xopc.Channels.Telegram.Text;

/// <summary>
/// Markdown as Telegram shows it. The same source gives the same parts, whatever it is: what is not understood stands there as it was written.
/// </summary>
internal static class TelegramText
{
    /// <summary>UTF-16 units of a message's text.</summary>
    public const int MessageLimit = 4096;

    /// <summary>UTF-16 units of the text beside a photo, document, voice or video.</summary>
    public const int CaptionLimit = 1024;

    /// <summary>Entities of one message; Telegram ignores further ones.</summary>
    public const int EntityLimit = 100;

    /// <summary>Bytes of a source in UTF-8; a longer one is not read as Markdown.</summary>
    public const int SourceLimit = 1024 * 1024;

    /// <summary>The whole source, before it is cut.</summary>
    public static RenderedText Render(string markdown)
    {
        var source = MarkdownSource.Clean(markdown);
        return Encoding.UTF8.GetByteCount(source) > SourceLimit ? new RenderedText(source, [], AsWritten: true) : Render(source, MarkdownSource.WholeLimit);
    }

    /// <summary>Messages with the whole source, in order; none when it shows nothing.</summary>
    public static IReadOnlyList<TextPart> Parts(string markdown) => TextSplitter.Split(Render(markdown), MessageLimit, MessageLimit);

    /// <summary>The first part fits a caption; the others are messages of their own.</summary>
    public static IReadOnlyList<TextPart> PartsWithCaption(string markdown) => TextSplitter.Split(Render(markdown), CaptionLimit, MessageLimit);

    /// <param name="source">Cleaned by <see cref="MarkdownSource.Clean"/>.</param>
    /// <param name="whole">Characters up to which a source is read in one piece.</param>
    internal static RenderedText Render(string source, int whole)
    {
        var writer = new EntityWriter();
        var asWritten = false;
        foreach (var piece in MarkdownSource.Pieces(source, whole))
        {
            writer.Separate(2);
            if (MarkdownReader.TryRead(piece) is { } document)
            {
                new MarkdownRenderer(writer).Document(document);
            }
            else
            {
                asWritten = true;
                writer.Raw(piece.AsSpan().Trim('\n'));
            }
        }

        return writer.Finish(asWritten);
    }
}

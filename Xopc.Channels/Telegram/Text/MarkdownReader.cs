using Markdig;
using Markdig.Extensions.AutoLinks;
using Markdig.Extensions.EmphasisExtras;
using Markdig.Parsers;
using Markdig.Parsers.Inlines;
using Markdig.Syntax;

namespace Xopc.Channels.Telegram.Text;

/// <summary>Markdown as models write it: CommonMark with strikethrough, spoilers, task lists, bare links and tables; HTML, footnotes and underlined headings are text.</summary>
internal static class MarkdownReader
{
    private static readonly MarkdownPipeline Documents = Build(onlyLine: false);
    private static readonly MarkdownPipeline Lines = Build(onlyLine: true);

    /// <summary>Nothing when the source is not to be understood.</summary>
    public static MarkdownDocument? TryRead(string source) => TryRead(source, Documents);

    /// <summary>Reads a cell of a table, in which only inline forms mean something.</summary>
    public static MarkdownDocument? TryReadLine(string source) => TryRead(source, Lines);

    private static MarkdownDocument? TryRead(string source, MarkdownPipeline pipeline)
    {
        try
        {
            return Markdown.Parse(source, pipeline);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Too deep, or a fault of the parser: the person gets the text as it was written, which is all of it.
            return null;
        }
    }

    private static MarkdownPipeline Build(bool onlyLine)
    {
        var builder = new MarkdownPipelineBuilder()
            .UseEmphasisExtras(EmphasisExtraOptions.Strikethrough)
            .UseAutoLinks(new AutoLinkOptions { UseHttpsForWWWLinks = true })
            .DisableHtml();
        // The two guards refuse earlier, and less at a time: one paragraph instead of the document.
        builder.MaximumNestingDepth = NestingGuard.Deepest + (2 * InlineBound.Marks);
        builder.InlineParsers.Find<EmphasisInlineParser>()!.EmphasisDescriptors.Add(new EmphasisDescriptor('|', 2, 2, true));
        builder.BlockParsers.Replace<ParagraphBlockParser>(new ParagraphParser());
        if (onlyLine)
        {
            builder.BlockParsers.RemoveAll(parser => parser is not ParagraphParser);
            return builder.Build();
        }

        builder.UseTaskLists();
        builder.BlockParsers.Insert(0, new NestingGuard());
        builder.BlockParsers.Find<HeadingBlockParser>()!.Closed += static (_, block) => InlineBound.Apply((LeafBlock)block);
        return builder.Build();
    }
}

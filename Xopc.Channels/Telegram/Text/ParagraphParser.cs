using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Syntax;

namespace Xopc.Channels.Telegram.Text;

/// <summary>
/// Paragraphs of which nothing gets lost. Definitions of link targets (<c>[1]: https://…</c>) define and also stay visible, since a definition that nobody uses
/// would take its line with it; a line of dashes below a text makes no heading of it; a table is found here, without the parser's own one, which fills up
/// every short row of a hostile table.
/// </summary>
internal sealed class ParagraphParser : ParagraphBlockParser
{
    private const int MostDefinitions = 200;

    public ParagraphParser()
    {
        ParseSetextHeadings = false;
    }

    public override bool Close(BlockProcessor processor, Block block)
    {
        if (block is not ParagraphBlock paragraph)
        {
            return true;
        }

        for (var i = 0; i < paragraph.Lines.Count; i++)
        {
            paragraph.Lines.Lines[i].Slice.TrimStart();
        }

        if (paragraph.Lines.Count == 0)
        {
            return false;
        }

        paragraph.Lines.Lines[paragraph.Lines.Count - 1].Slice.TrimEnd();
        Define(processor.Document, paragraph);
        TableLayout.TakeFrom(paragraph);
        InlineBound.Apply(paragraph);
        return true;
    }

    private static void Define(MarkdownDocument document, ParagraphBlock paragraph)
    {
        if (paragraph.Lines.Lines[0].Slice.CurrentChar != '[')
        {
            return;
        }

        // A copy: what remains behind a definition is moved to the front of the same array.
        var lines = new StringLineGroup(paragraph.Lines.Count);
        for (var i = 0; i < paragraph.Lines.Count; i++)
        {
            lines.Add(paragraph.Lines.Lines[i].Slice);
        }

        for (var i = 0; i < MostDefinitions && lines.Count > 0 && lines.Lines[0].Slice.CurrentChar == '['; i++)
        {
            var characters = lines.ToCharIterator();
            if (!LinkReferenceDefinition.TryParse(ref characters, out var definition))
            {
                return;
            }

            // The group looks through all that it has before it takes another.
            if (document.GetLinkReferenceDefinitions(addGroup: false).Count < MostDefinitions && !document.ContainsLinkReferenceDefinition(definition.Label!))
            {
                document.SetLinkReferenceDefinition(definition.Label!, definition, addGroup: false);
            }

            lines = characters.Remaining();
        }
    }
}

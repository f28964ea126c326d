using Markdig.Extensions.TaskLists;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Xopc.Channels.Telegram.Text;

/// <summary>Walks a document and writes what a person sees of it.</summary>
internal sealed class MarkdownRenderer(EntityWriter writer)
{
    public void Document(MarkdownDocument document) => Blocks(document, 2);

    private void Blocks(ContainerBlock container, int newlines)
    {
        for (var i = 0; i < container.Count; i++)
        {
            if (i > 0)
            {
                writer.Separate(newlines);
            }

            Block(container[i]);
        }
    }

    private void Block(Block block)
    {
        switch (block)
        {
            case ListBlock list:
                List(list);
                break;
            case QuoteBlock quote:
                Quote(quote);
                break;
            case FencedCodeBlock fenced:
                Fenced(fenced);
                break;
            case CodeBlock code:
                Pre(CodeOf(code), null);
                break;
            case HeadingBlock heading:
                Within(TextEntityKind.Bold, null, () => Leaf(heading));
                break;
            case ThematicBreakBlock:
                writer.Text("───");
                break;
            case ParagraphBlock paragraph:
                Paragraph(paragraph);
                break;
            case LeafBlock leaf:
                Leaf(leaf);
                break;
            case LinkReferenceDefinitionGroup:
                break; // the paragraphs that defined them are shown
            case ContainerBlock container:
                Blocks(container, 2);
                break;
        }
    }

    private void Paragraph(ParagraphBlock paragraph)
    {
        Leaf(paragraph);
        if (TableLayout.Of(paragraph) is { } table)
        {
            writer.Separate(1);
            Pre(table.Print(Cell), null);
        }
    }

    private void List(ListBlock list)
    {
        _ = int.TryParse(list.OrderedStart, out var number);
        for (var i = 0; i < list.Count; i++)
        {
            if (i > 0)
            {
                writer.Separate(list.IsLoose ? 2 : 1);
            }

            var item = (ContainerBlock)list[i];
            var task = item.Count > 0 && item[0] is ParagraphBlock { Inline.FirstChild: TaskList first } ? first : null;
            writer.Text(list.IsOrdered ? $"{(long)number + i}{list.OrderedDelimiter} " : task is null ? "• " : Box(task));
            var before = writer.Indent("  ");
            Blocks(item, list.IsLoose ? 2 : 1);
            writer.Outdent(before);
        }
    }

    private void Quote(QuoteBlock quote)
    {
        if (writer.InLine)
        {
            writer.Separate(1);
        }

        if (writer.TryOpen(TextEntityKind.Blockquote))
        {
            Blocks(quote, 2);
            writer.Close();
            return;
        }

        // Telegram's quotes hold no quotes.
        var before = writer.Indent("> ");
        Blocks(quote, 2);
        writer.Outdent(before);
    }

    private void Fenced(FencedCodeBlock fenced)
    {
        var code = CodeOf(fenced);
        var (language, rest) = (fenced.Info ?? "", fenced.Arguments ?? "");
        if (string.IsNullOrWhiteSpace(code) || !IsLanguage(language))
        {
            // What stands behind the fence is no language, or there is nothing else to show.
            (language, rest) = ("", $"{language} {rest}".Trim());
        }

        if (rest.Length > 0)
        {
            writer.Text(rest);
            writer.Separate(1);
        }

        Pre(code, language.Length == 0 ? null : language);
    }

    private void Pre(string code, string? language)
    {
        code = code.TrimEnd();
        if (code.Length > 0)
        {
            writer.Pre(code, language);
        }
    }

    private static string CodeOf(CodeBlock code)
    {
        var lines = code.Lines;
        return string.Join('\n', Enumerable.Range(0, lines.Count).Select(i => lines.Lines[i].Slice.ToString()));
    }

    private static bool IsLanguage(string info) => info.Length is > 0 and <= 32 && info.All(static unit => char.IsAsciiLetterOrDigit(unit) || unit is '+' or '#' or '-' or '_' or '.');

    private void Leaf(LeafBlock leaf)
    {
        if (leaf.Inline is { } inline)
        {
            Inlines(inline);
            return;
        }

        for (var i = 0; i < leaf.Lines.Count; i++)
        {
            if (i > 0)
            {
                writer.NewLine();
            }

            writer.Text(leaf.Lines.Lines[i].Slice.AsSpan());
        }
    }

    private void Inlines(ContainerInline container)
    {
        for (var inline = container.FirstChild; inline is not null; inline = inline.NextSibling)
        {
            Inline(inline);
        }
    }

    private void Inline(Inline inline)
    {
        switch (inline)
        {
            case LiteralInline literal:
                writer.Text(literal.Content.AsSpan());
                break;
            case CodeInline code:
                writer.Code(code.Content);
                break;
            case LineBreakInline:
                writer.NewLine();
                break;
            case EmphasisInline emphasis:
                Within(KindOf(emphasis), null, () => Inlines(emphasis));
                break;
            case LinkInline link:
                Link(link);
                break;
            case AutolinkInline link:
                Linked(link.IsEmail ? $"mailto:{link.Url}" : link.Url, () => writer.Text(link.Url));
                break;
            case HtmlEntityInline entity:
                writer.Text(entity.Transcoded.ToString().Replace('\r', ' '));
                break;
            case TaskList task:
                // Elsewhere the box stands in the place of the bullet.
                writer.Text(task.Parent?.ParentBlock?.Parent?.Parent is ListBlock { IsOrdered: true } ? Box(task) : "");
                break;
            case DelimiterInline delimiter:
                writer.Text(delimiter.ToLiteral());
                Inlines(delimiter);
                break;
            case ContainerInline container:
                Inlines(container);
                break;
            default:
                writer.Text(inline.ToString());
                break;
        }
    }

    private static string Box(TaskList task) => task.Checked ? "☑" : "☐";

    private static TextEntityKind KindOf(EmphasisInline emphasis) => (emphasis.DelimiterChar, emphasis.DelimiterCount) switch
    {
        ('|', _) => TextEntityKind.Spoiler,
        ('~', _) => TextEntityKind.Strikethrough,
        (_, 2) => TextEntityKind.Bold,
        _ => TextEntityKind.Italic,
    };

    private void Link(LinkInline link)
    {
        var target = link.GetDynamicUrl?.Invoke() ?? link.Url ?? "";
        Linked(target, () =>
        {
            var before = writer.Length;
            Inlines(link);
            if (writer.Length == before)
            {
                writer.Text(!LinkTarget.IsShown(target) ? "(image)" : target);
            }
        });
        // No pointer hovers over a message. The title of a definition is visible where it is defined.
        if (link.Reference is null && !string.IsNullOrWhiteSpace(link.Title))
        {
            writer.Text($" ({link.Title})");
        }
    }

    // A target that Telegram does not take is said in words, if it says anything.
    private void Linked(string target, Action label)
    {
        if (LinkTarget.IsAllowed(target))
        {
            Within(TextEntityKind.Link, target, label);
            return;
        }

        var before = writer.Length;
        label();
        if (LinkTarget.IsShown(target) && !writer.EndsWith(before, target))
        {
            writer.Text($" ({target})");
        }
    }

    private void Within(TextEntityKind kind, string? url, Action content)
    {
        var opened = writer.TryOpen(kind, url);
        content();
        if (opened)
        {
            writer.Close();
        }
    }

    private static string Cell(string source)
    {
        if ((!source.AsSpan().ContainsAny(InlineBound.MarkCharacters) && !source.Contains("://", StringComparison.Ordinal)) || MarkdownReader.TryReadLine(source) is not { } document)
        {
            return source;
        }

        var cell = new EntityWriter();
        new MarkdownRenderer(cell).Document(document);
        var rendered = cell.Finish(asWritten: false);
        // Code holds no links: what a label hides is said beside it.
        var targets = rendered.Entities.Where(entity => entity.Kind == TextEntityKind.Link && !rendered.Text.AsSpan(entity.Offset, entity.Length).SequenceEqual(entity.Url));
        return string.Join(' ', targets.Select(entity => $"({entity.Url})").Prepend(rendered.Text.Replace('\n', ' ')));
    }
}

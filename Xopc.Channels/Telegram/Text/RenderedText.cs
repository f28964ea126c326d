namespace Xopc.Channels.Telegram.Text;

/// <summary>A whole Markdown source as a person sees it, before it is cut into messages.</summary>
/// <param name="Text">The visible characters; lines end with <c>\n</c>.</param>
/// <param name="Entities">
/// Sorted by offset, the longer first. They nest or are disjoint, begin and end at a visible character (a <see cref="TextEntityKind.Pre"/> may begin with its
/// indentation), blockquotes hold no blockquote, and code holds nothing.
/// </param>
/// <param name="AsWritten">Some of the source was too deep or too large to be understood and stands in the text as it was written.</param>
internal sealed record RenderedText(string Text, IReadOnlyList<TextEntity> Entities, bool AsWritten);

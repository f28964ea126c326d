using System.Text;
using Xopc.Channels.Telegram.Text;

namespace Xopc.Channels.Tests.Telegram.Text;

/// <summary>Writes the entities into the text, so that an example can be read: <c>⟨bold⟩so⟨/⟩</c>.</summary>
internal static class Marked
{
    public static string Of(RenderedText rendered) => Of(rendered.Text, rendered.Entities);

    public static string Of(TextPart part) => Of(part.Text, part.Entities);

    private static string Of(string text, IReadOnlyList<TextEntity> entities)
    {
        var marked = new StringBuilder();
        for (var i = 0; i <= text.Length; i++)
        {
            marked.Insert(marked.Length, "⟨/⟩", entities.Count(entity => entity.End == i));
            foreach (var entity in entities.Where(entity => entity.Offset == i))
            {
                var more = entity.Url ?? entity.Language;
                marked.Append('⟨').Append(entity.Kind.ToString().ToLowerInvariant()).Append(more is null ? "" : " ").Append(more).Append('⟩');
            }

            marked.Append(i < text.Length ? text[i] : null);
        }

        return marked.ToString();
    }
}

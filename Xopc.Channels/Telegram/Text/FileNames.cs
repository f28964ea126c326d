namespace Xopc.Channels.Telegram.Text;

/// <summary>
/// Telegram makes links of names like <c>notes.md</c> or <c>main.py</c>, because md and py are countries. Shown as code they stay names.
/// </summary>
internal static class FileNames
{
    private static readonly HashSet<string> Countries = new(["md", "py", "rs", "sh", "pl", "pm", "zip", "mov"], StringComparer.OrdinalIgnoreCase);
    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Endings = Countries.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Adds code for the names that nothing solid covers; none at all when that would be more entities than a message has.</summary>
    public static void Mark(string text, List<TextEntity> entities)
    {
        var names = Find(text).Take(TelegramText.EntityLimit + 1).ToList();
        if (names.Count == 0 || names.Count + entities.Count > TelegramText.EntityLimit)
        {
            return;
        }

        foreach (var name in names)
        {
            var around = entities.FindAll(entity => entity.Offset < name.End && entity.End > name.Offset && entity.Kind != TextEntityKind.Blockquote);
            if (around.Exists(static entity => entity.IsSolid || entity.Kind == TextEntityKind.Spoiler))
            {
                continue;
            }

            foreach (var entity in around)
            {
                entities.Remove(entity);
                Keep(text, entities, entity, entity.Offset, name.Offset);
                Keep(text, entities, entity, name.End, entity.End);
            }

            entities.Add(name);
        }
    }

    private static void Keep(string text, List<TextEntity> entities, TextEntity entity, int start, int end)
    {
        while (start < end && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        while (start < end && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        if (start < end)
        {
            entities.Add(entity with { Offset = start, Length = end - start });
        }
    }

    private static IEnumerable<TextEntity> Find(string text)
    {
        for (int i = 0, end; i < text.Length; i = end + 1)
        {
            for (end = i; end < text.Length && IsOfName(text[end]); end++)
            {
            }

            var name = text.AsSpan(i, end - i).TrimEnd('.');
            var dot = name.LastIndexOf('.');
            // Something with an @ or :// in it is an address and no name.
            if (dot > 0 && name[dot - 1] != '/' && Endings.Contains(name[(dot + 1)..]) && (i == 0 || text[i - 1] is not ('@' or ':')) && (end == text.Length || text[end] is not ('@' or ':' or '?' or '#')))
            {
                yield return new TextEntity(TextEntityKind.Code, i, name.Length);
            }
        }
    }

    private static bool IsOfName(char unit) => char.IsLetterOrDigit(unit) || unit is '_' or '-' or '.' or '/' or '~' or '+';
}

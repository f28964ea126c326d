namespace Xopc.Testing.Telegram;

/// <summary>
/// The documented rules of formatting. Stricter than Telegram, which repairs or drops some of what is refused here, so that what passes here means there what
/// its author meant.
/// </summary>
internal static class EntityRules
{
    private const int Most = 100;

    private static readonly HashSet<string> Styles = ["bold", "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote"];

    private static readonly HashSet<string> Others =
    [
        "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "code", "pre", "text_link", "text_mention", "custom_emoji", "date_time",
    ];

    public static void Check(string text, IReadOnlyList<SeenEntity> entities)
    {
        if (entities.Count > Most)
        {
            throw BotApiException.BadRequest("ENTITIES_TOO_LONG");
        }

        foreach (var entity in entities)
        {
            CheckOne(text, entity);
        }

        CheckNesting([.. entities.OrderBy(entity => entity.Offset).ThenByDescending(entity => entity.Length)]);
    }

    private static void CheckOne(string text, SeenEntity entity)
    {
        if (!Styles.Contains(entity.Type) && !Others.Contains(entity.Type))
        {
            throw CannotParse($"unsupported type \"{entity.Type}\"");
        }

        if (entity.Offset < 0 || entity.Length <= 0)
        {
            throw CannotParse($"entity at offset {entity.Offset} has length {entity.Length}");
        }

        if (entity.Offset + (long)entity.Length > text.Length)
        {
            throw BotApiException.BadRequest(
                $"entity beginning at UTF-16 offset {entity.Offset} ends after the end of the text at UTF-16 offset {entity.Offset + (long)entity.Length}");
        }

        if (SplitsSymbol(text, entity.Offset) || SplitsSymbol(text, entity.Offset + entity.Length))
        {
            throw BotApiException.BadRequest($"entity beginning at UTF-16 offset {entity.Offset} ends in a middle of a UTF-16 symbol");
        }

        if (entity.Type == "text_link" && string.IsNullOrEmpty(entity.Url))
        {
            throw CannotParse("text_link without a URL");
        }
    }

    /// <param name="entities">Outer before inner.</param>
    private static void CheckNesting(SeenEntity[] entities)
    {
        var open = new Stack<SeenEntity>();
        foreach (var entity in entities)
        {
            while (open.TryPeek(out var top) && top.Offset + top.Length <= entity.Offset)
            {
                open.Pop();
            }

            foreach (var outer in open)
            {
                CheckPair(outer, entity);
            }

            open.Push(entity);
        }
    }

    private static void CheckPair(SeenEntity outer, SeenEntity inner)
    {
        if (inner.Offset + inner.Length > outer.Offset + outer.Length)
        {
            throw CannotParse($"{outer.Type} and {inner.Type} overlap at offset {inner.Offset}, and neither contains the other");
        }

        if (outer.Type is "pre" or "code" || inner.Type is "pre" or "code")
        {
            // Code may stand in a quotation, and nowhere else.
            if (!IsQuote(outer))
            {
                throw CannotParse($"{outer.Type} can't contain {inner.Type}");
            }
        }
        else if (IsQuote(outer) && IsQuote(inner))
        {
            throw CannotParse("quotations can't be nested");
        }
        else if (Others.Contains(outer.Type) && Others.Contains(inner.Type))
        {
            throw CannotParse($"{outer.Type} can't contain {inner.Type}");
        }
    }

    private static bool IsQuote(SeenEntity entity) => entity.Type is "blockquote" or "expandable_blockquote";

    private static bool SplitsSymbol(string text, int at) =>
        at > 0 && at < text.Length && char.IsHighSurrogate(text[at - 1]) && char.IsLowSurrogate(text[at]);

    private static BotApiException CannotParse(string why) => BotApiException.BadRequest("can't parse entities: " + why);
}

namespace Xopc.Testing.Telegram;

/// <summary>A text and its formatting as a call gave them, checked.</summary>
internal sealed record FormattedText(string Text, IReadOnlyList<SeenEntity> Entities)
{
    private const int LongestText = 4096;
    private const int LongestCaption = 1024;

    public static FormattedText OfMessage(BotRequest request)
    {
        var formatted = Of(request.Text("text") ?? "", request.Text("parse_mode"), SeenEntity.Parse(request.Json("entities")));
        return formatted switch
        {
            { Text: var text } when string.IsNullOrWhiteSpace(text) => throw BotApiException.BadRequest("message text is empty"),
            { Text.Length: > LongestText } => throw BotApiException.BadRequest("message is too long"),
            _ => formatted,
        };
    }

    public static FormattedText OfCaption(string? caption, string? parseMode, IReadOnlyList<SeenEntity> entities)
    {
        var formatted = Of(caption ?? "", parseMode, entities);
        return formatted.Text.Length <= LongestCaption ? formatted : throw BotApiException.BadRequest("message caption is too long");
    }

    private static FormattedText Of(string source, string? parseMode, IReadOnlyList<SeenEntity> entities)
    {
        var (text, found) = parseMode switch
        {
            null or "" => (source, entities),
            _ when parseMode.Equals("HTML", StringComparison.OrdinalIgnoreCase) => HtmlMarkup.Parse(source),
            _ => throw BotApiException.BadRequest("unsupported parse_mode"),
        };
        EntityRules.Check(text, found);
        return new FormattedText(text, found);
    }
}

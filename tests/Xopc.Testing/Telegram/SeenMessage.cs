namespace Xopc.Testing.Telegram;

/// <summary>A line of the book: one message as a person in the chat sees it. A snapshot; it does not change.</summary>
public sealed record SeenMessage
{
    /// <summary>Place among everything that happened on the server.</summary>
    public required long Order { get; init; }

    public required long ChatId { get; init; }

    public required int MessageId { get; init; }

    /// <summary>When the server accepted it, by its clock.</summary>
    public required DateTimeOffset At { get; init; }

    public required SeenAuthor Author { get; init; }

    /// <summary>Text, or caption when there is a <see cref="Media"/>.</summary>
    public required string Text { get; init; }

    public IReadOnlyList<SeenEntity> Entities { get; init; } = [];

    public SeenMedia? Media { get; init; }

    public string? MediaGroupId { get; init; }

    public int? ThreadId { get; init; }

    public int? ReplyTo { get; init; }

    /// <summary>The quoted piece of the message replied to.</summary>
    public string? Quote { get; init; }

    /// <summary>Buttons and the like, as JSON.</summary>
    public string? ReplyMarkup { get; init; }

    /// <summary>Sent with <c>disable_notification</c>.</summary>
    public bool IsSilent { get; init; }

    /// <summary>Earlier texts, oldest first.</summary>
    public IReadOnlyList<SeenEdit> Edits { get; init; } = [];

    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Further members of the wire's message, as JSON: <c>{"location":{…}}</c>.</summary>
    internal string? Extra { get; init; }

    public override string ToString() =>
        $"#{MessageId} {Author.Name}: {(Media is null ? "" : $"[{Media.Kind}] ")}{Shorten(Text)}{(Edits.Count == 0 ? "" : $" (edited {Edits.Count}×)")}{(DeletedAt is null ? "" : " (deleted)")}";

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}

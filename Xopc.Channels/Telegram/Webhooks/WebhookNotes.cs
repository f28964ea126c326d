using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Telegram.Bot.Types;
using Xopc.Channels.Accounts;

namespace Xopc.Channels.Telegram.Webhooks;

/// <summary>
/// Who may bring a bot's updates: whoever shows the secret that Telegram was told. Written by the worker that owns the token, read by all. A wrong secret costs
/// a hash, and the database is looked at once a second at most.
/// </summary>
internal sealed class WebhookNotes(AccountNotes notes, TimeProvider clock)
{
    private const string Name = "webhook";
    private const int LongestSecret = 256;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Old = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (WebhookNote? Note, long At)> _known = new(StringComparer.Ordinal); // by owner of the token: as many as accounts

    /// <summary>The bot that the update is for; null: the secret is missing or wrong.</summary>
    public async Task<WebhookNote?> FindAsync(TelegramAccountSettings? settings, string? secret, CancellationToken cancellationToken)
    {
        var hash = HashOf(secret is { Length: > 0 and <= LongestSecret } ? secret : "");
        if (settings is null || string.IsNullOrEmpty(secret) || secret.Length > LongestSecret)
        {
            return null;
        }

        var (note, at) = _known.GetValueOrDefault(settings.OwnershipKey);
        var age = note is null && at == 0 ? TimeSpan.MaxValue : clock.GetElapsedTime(at);
        if (note is not null && age < Old && Matches(note, hash))
        {
            return note;
        }

        if (age < Fresh)
        {
            return null;
        }

        note = await LoadAsync(settings, cancellationToken);
        return note is not null && Matches(note, hash) ? note : null;
    }

    /// <summary>Telegram is about to be told this secret: from now on it counts beside the one before.</summary>
    public async Task BeginAsync(TelegramAccountSettings settings, User me, string secret, CancellationToken cancellationToken)
    {
        var before = await LoadAsync(settings, cancellationToken);
        await KeepAsync(settings, Note(before?.Active, HashOf(secret), me, await new BotOfAccount(notes).PrefixAsync(settings, me, cancellationToken)), cancellationToken);
    }

    /// <summary>Telegram knows it: no other counts any more.</summary>
    public async Task SettleAsync(TelegramAccountSettings settings, User me, string secret, CancellationToken cancellationToken) =>
        await KeepAsync(settings, Note(HashOf(secret), null, me, await new BotOfAccount(notes).PrefixAsync(settings, me, cancellationToken)), cancellationToken);

    private async Task<WebhookNote?> LoadAsync(TelegramAccountSettings settings, CancellationToken cancellationToken)
    {
        var text = await notes.FindAsync(settings.OwnershipKey, Name, cancellationToken);
        WebhookNote? note = null;
        try
        {
            note = text is null ? null : JsonSerializer.Deserialize(text, ChannelsJson.Default.WebhookNote);
        }
        catch (JsonException)
        {
            // A damaged row opens nothing; the owner writes it anew.
        }

        _known[settings.OwnershipKey] = (note, clock.GetTimestamp());
        return note;
    }

    private async Task KeepAsync(TelegramAccountSettings settings, WebhookNote note, CancellationToken cancellationToken)
    {
        await notes.KeepAsync(settings.OwnershipKey, Name, JsonSerializer.Serialize(note, ChannelsJson.Default.WebhookNote), cancellationToken);
        _known[settings.OwnershipKey] = (note, clock.GetTimestamp());
    }

    private static WebhookNote Note(string? active, string? next, User me, string prefix) => new(active, next, me.Id, me.Username, me.FirstName, prefix);

    // Both, always: the time tells nothing.
    private static bool Matches(WebhookNote note, string hash) => Same(note.Active, hash) | Same(note.Next, hash);

    private static bool Same(string? known, string hash) => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(known ?? new string('-', hash.Length)), Encoding.ASCII.GetBytes(hash));

    private static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}

using Telegram.Bot.Types;

namespace Xopc.Channels.Telegram.Webhooks;

/// <summary>What every worker of the installation has to know of a bot's webhook, kept beside the account's other notes. No secret: hashes.</summary>
/// <param name="Active">Hash of the secret that Telegram was told last; null: none yet.</param>
/// <param name="Next">Hash of the one that it is being told: it counts already.</param>
/// <param name="Id">Who we are; mentions are found by it.</param>
/// <param name="Prefix">See <see cref="BotOfAccount"/>.</param>
internal sealed record WebhookNote(string? Active, string? Next, long Id, string? UserName, string? Name, string Prefix)
{
    public User Me => new() { Id = Id, IsBot = true, Username = UserName, FirstName = Name ?? "" };
}

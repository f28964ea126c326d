using System.Globalization;
using Telegram.Bot.Types;
using Xopc.Channels.Accounts;

namespace Xopc.Channels.Telegram;

/// <summary>
/// Which bot an account had first. Updates are numbered bot by bot, and their ids here name the account only, <c>telegram:{account}:{update}</c>: those of another bot under
/// the same account name that one too, <c>telegram:{account}:{bot}:{update}</c>, so that none passes for one that came before.
/// </summary>
internal sealed class BotOfAccount(AccountNotes notes)
{
    private const string Note = "bot";

    /// <summary>What stands before the number of an update.</summary>
    public async Task<string> PrefixAsync(TelegramAccountSettings settings, User me, CancellationToken cancellationToken)
    {
        var account = $"{settings.Channel}:{settings.AccountId}";
        var bot = me.Id.ToString(CultureInfo.InvariantCulture);
        return await notes.FirstAsync(account, Note, bot, cancellationToken) == bot ? account : $"{account}:{bot}";
    }
}

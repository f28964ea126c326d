using Telegram.Bot;
using Telegram.Bot.Types;
using Xopc.Channels.Accounts;
using Xopc.Contracts;

namespace Xopc.Channels.Telegram;

/// <summary>How receiving begins: who are we, how do the updates come, what stands in the menu.</summary>
internal sealed class TelegramIntroduction(TelegramAccountSettings settings, AccountNotes notes, TimeProvider clock)
{
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(20);

    /// <param name="prepare">Says how the updates are to come.</param>
    /// <exception cref="AccountException">Telegram does not let us, and why.</exception>
    public async Task<User> RunAsync(IAccountReport report, Func<TelegramConnection, User, CancellationToken, Task> prepare, CancellationToken stopping)
    {
        using var connection = new TelegramConnection(settings);
        using var limit = new CancellationTokenSource(AskTimeout, clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping, limit.Token);
        try
        {
            var me = await connection.Client.GetMe(patience.Token);
            await prepare(connection, me, patience.Token);
            await new TelegramMenu(settings, notes).ShowAsync(connection, patience.Token);
            report.Identified(TelegramErrors.IdentityOf(me));
            report.Alive();
            FaultPoint.Reach("account.introduced");
            return me;
        }
        catch (Exception ex) when (TelegramErrors.IsOfTelegram(ex) && !stopping.IsCancellationRequested)
        {
            throw TelegramErrors.ToAccount(ex);
        }
    }
}

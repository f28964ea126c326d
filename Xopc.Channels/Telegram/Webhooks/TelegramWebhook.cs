using Telegram.Bot;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;
using Xopc.Channels.Accounts;
using Xopc.Channels.Intake;
using Xopc.Storage;

namespace Xopc.Channels.Telegram.Webhooks;

/// <summary>
/// Has Telegram bring the updates to <c>/webhooks/telegram/{account}</c>, and asks it again and again how that is going: the only evidence there is, as an idle
/// webhook is as silent as one that nobody can reach. Runs in the worker that owns the token; any worker takes the updates in.
/// </summary>
internal sealed class TelegramWebhook(TelegramAccountSettings settings, string secret, IIntake intake, AccountNotes notes, WebhookNotes webhooks, TimeProvider clock)
{
    // Well within the time for which evidence counts.
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(20);
    private const int ConflictsTolerated = 3;
    private const int LongestReason = 200;

    // One at a time: with more Telegram brings what a person said in any order.
    private const int Connections = 1;

    private static readonly UpdateType[] Kinds = [UpdateType.Message, UpdateType.EditedMessage, UpdateType.CallbackQuery];

    private DateTime? _lastError;
    private bool _failing;

    /// <exception cref="AccountException">The token is refused, or Telegram does not take the address.</exception>
    /// <exception cref="FencedException">Somebody else owns the token now.</exception>
    public async Task RunAsync(KeyLease ownership, IAccountReport report, CancellationToken stopping)
    {
        var me = await new TelegramIntroduction(settings, notes, clock).RunAsync(report, (connection, me, patience) => SetAsync(connection, me, ownership, patience), stopping);
        using var connection = new TelegramConnection(settings);
        var conflicts = 0;
        while (true)
        {
            await Task.Delay(ProbeEvery, clock, stopping);
            await intake.TakeAsync([], ownership, static _ => { }, stopping); // whoever slept through a takeover tells Telegram nothing
            using var limit = new CancellationTokenSource(AskTimeout, clock);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping, limit.Token);
            try
            {
                var info = await connection.Client.GetWebhookInfo(patience.Token);
                if (info.Url == Address)
                {
                    conflicts = 0;
                    Judge(info, report);
                    continue;
                }

                Tell(report, ++conflicts, info.Url.Length == 0);
                await SetAsync(connection, me, ownership, patience.Token);
            }
            catch (Exception ex) when (TelegramErrors.IsOfTelegram(ex) && !stopping.IsCancellationRequested)
            {
                var trouble = TelegramErrors.ToAccount(ex);
                if (trouble.Failure == AccountFailure.NeedsLogin)
                {
                    throw trouble;
                }

                report.Degraded(trouble.Message);
                await Task.Delay(trouble.RetryAfter ?? TimeSpan.Zero, clock, stopping);
            }
        }
    }

    private string Address => settings.Config.Webhook!.Url;

    private async Task SetAsync(TelegramConnection connection, User me, KeyLease ownership, CancellationToken cancellationToken)
    {
        // Whoever polls again one day begins with what Telegram still has: what the webhook brought meanwhile has other ids than the last poll's.
        await intake.TakeAsync([], ownership, tx => notes.Keep(tx, settings.OwnershipKey, TelegramPoll.OffsetNote, "0"), cancellationToken);
        await webhooks.BeginAsync(settings, me, secret, cancellationToken);
        await connection.Client.SetWebhook(
            Address, maxConnections: Connections, allowedUpdates: Kinds, dropPendingUpdates: false, secretToken: secret, cancellationToken: cancellationToken);
        await webhooks.SettleAsync(settings, me, secret, cancellationToken);
    }

    // Telegram keeps the last error for good: it is news when it is another one, and over when nothing waits any more.
    private void Judge(WebhookInfo info, IAccountReport report)
    {
        if (info.LastErrorDate is { } error && error != _lastError)
        {
            (_lastError, _failing) = (error, true);
        }

        _failing &= info.PendingUpdateCount > 0;
        if (!_failing)
        {
            report.Alive();
            return;
        }

        var said = info.LastErrorMessage ?? "";
        report.Degraded($"Telegram cannot deliver to {Address}: {(said.Length <= LongestReason ? said : said[..LongestReason] + "…")} ({info.PendingUpdateCount} wait there).");
    }

    private static void Tell(IAccountReport report, int conflicts, bool deleted)
    {
        var reason = deleted
            ? "Somebody else has deleted the webhook of this bot: a second gateway that polls, or another program with the same token."
            : "Somebody else has set another webhook for this bot: a second gateway, or another program with the same token.";
        if (conflicts < ConflictsTolerated)
        {
            report.Degraded(reason);
        }
        else
        {
            report.Conflict(reason);
        }
    }
}

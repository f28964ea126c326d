using System.Globalization;
using System.Text.Json;
using Telegram.Bot;
using Telegram.Bot.Exceptions;
using Xopc.Channels.Accounts;
using Xopc.Channels.Intake;
using Xopc.Contracts;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Channels.Telegram;

/// <summary>
/// Asks Telegram for updates, one poll at a time, as long as the token is ours: the messages and the offset behind them are written in one transaction, and only
/// the next poll, which names that offset, lets Telegram forget them.
/// </summary>
internal sealed class TelegramPoll(TelegramAccountSettings settings, IIntake intake, AccountNotes notes, TimeProvider clock, ILogger log)
{
    internal const string OffsetNote = "offset";

    // A poll that is not answered so long after its time is mute: then the state says so, well within a minute.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    // A poll whose process died lives on in Telegram as long as its connection seems alive, half a minute at most.
    private static readonly TimeSpan GhostTime = TimeSpan.FromSeconds(30);

    // Of the five seconds that a stop may take.
    private static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(1);

    // A poll without news lasts its time. Where something in between answers it at once, the next one waits so long, or asking would be all that this process does.
    private static readonly TimeSpan EmptyPause = TimeSpan.FromMilliseconds(500);

    private const int ConflictsTolerated = 3;

    // Some 2 ms of the database.
    private const int RowsAtOnce = 10;

    /// <exception cref="AccountException">The token is refused.</exception>
    /// <exception cref="FencedException">Somebody else owns the token now.</exception>
    public async Task RunAsync(KeyLease ownership, IAccountReport report, CancellationToken stopping)
    {
        var me = await new TelegramIntroduction(settings, notes, clock).RunAsync(
            report, static (connection, _, patience) => connection.Client.DeleteWebhook(dropPendingUpdates: false, patience), stopping); // else every poll is a conflict
        var reading = new UpdateReading(settings.AccountId, me, await new BotOfAccount(notes).PrefixAsync(settings, me, stopping), log);
        var offset = await OffsetAsync(stopping);
        var (failures, conflicts) = (0, 0);
        while (true)
        {
            TimeSpan pause;

            // Each round of trouble begins with connections of its own, and those of the last are closed before the pause: a poll that lives on in Telegram hangs
            // on the socket it came over.
            using (var connection = new TelegramConnection(settings))
            {
                try
                {
                    while (true)
                    {
                        offset = await PollAsync(connection, reading, offset, ownership, stopping);
                        (failures, conflicts) = (0, 0);
                        report.Alive();
                    }
                }
                catch (ApiRequestException ex) when (ex.ErrorCode == 409)
                {
                    Tell(report, ++conflicts, ex.Message);
                    pause = ConflictPause;
                }
                catch (Exception ex) when (TelegramErrors.IsOfTelegram(ex) && !stopping.IsCancellationRequested)
                {
                    var trouble = TelegramErrors.ToAccount(ex);
                    if (trouble.Failure == AccountFailure.NeedsLogin)
                    {
                        throw trouble;
                    }

                    report.Degraded(trouble.Message);
                    pause = trouble.RetryAfter ?? Pause(++failures);
                }
            }

            await Task.Delay(pause, clock, stopping);

            // Whoever slept through a takeover must not shut the new owner out again.
            await intake.TakeAsync([], ownership, static _ => { }, stopping);
        }
    }

    // Beyond the time of our own poll, and of any that a dead one of ours left.
    private TimeSpan ConflictPause =>
        (settings.PollTimeout > GhostTime ? settings.PollTimeout : GhostTime) + TimeSpan.FromSeconds(1 + (4 * Random.Shared.NextDouble()));

    private async Task<int> PollAsync(TelegramConnection connection, UpdateReading reading, int offset, KeyLease ownership, CancellationToken stopping)
    {
        var asked = clock.GetTimestamp();
        FaultPoint.Reach("poll.asking");
        var updates = await AskAsync(connection, offset, stopping);
        if (updates.Length == 0)
        {
            if (clock.GetElapsedTime(asked) < EmptyPause)
            {
                await Task.Delay(EmptyPause, clock, stopping);
            }

            return offset;
        }

        FaultPoint.Reach("poll.received");
        var messages = new List<InboundMessage>(updates.Length);
        // Of this batch alone: after a week without news Telegram goes on with ids from anywhere, also with lower ones.
        var next = updates.Max(update => reading.Take(update, messages) ?? throw new JsonException("Telegram sent an update without an id.")) + 1;

        // A flood is taken in by pieces with rests as long as they took: it has half of the database's time at most, and no other account's message waits for more
        // than a piece. The offset stays until all are there: what a death in between leaves comes again, and is known.
        while (messages.Count > RowsAtOnce)
        {
            var began = clock.GetTimestamp();
            await intake.TakeAsync(messages.GetRange(0, RowsAtOnce), ownership, static _ => { }, stopping);
            messages.RemoveRange(0, RowsAtOnce);
            await Task.Delay(clock.GetElapsedTime(began), clock, stopping);
        }

        await intake.TakeAsync(messages, ownership, tx => notes.Keep(tx, settings.OwnershipKey, OffsetNote, next.ToString(CultureInfo.InvariantCulture)), stopping);
        return next;
    }

    private async Task<JsonElement[]> AskAsync(TelegramConnection connection, int offset, CancellationToken stopping)
    {
        using var patience = new CancellationTokenSource(settings.PollTimeout + Grace, clock);
        var polling = connection.Client.SendRequest(new UpdatesRequest { Offset = offset, Timeout = (int)settings.PollTimeout.TotalSeconds }, patience.Token);
        try
        {
            return await polling.WaitAsync(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // A poll that is just left may live on in Telegram and shut out whoever comes next. A question that does not wait ends it; what it may bring is not
            // confirmed and comes again.
            await EndAsync(connection, offset);
            await patience.CancelAsync();
            await ((Task)polling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task EndAsync(TelegramConnection connection, int offset)
    {
        using var patience = new CancellationTokenSource(FarewellTime, clock);
        try
        {
            await connection.Client.SendRequest(new UpdatesRequest { Offset = offset, Timeout = 0 }, patience.Token);
        }
        catch (Exception ex) when (TelegramErrors.IsOfTelegram(ex))
        {
            // Then it ends by its time.
        }
    }

    private async Task<int> OffsetAsync(CancellationToken cancellationToken) =>
        int.TryParse(await notes.FindAsync(settings.OwnershipKey, OffsetNote, cancellationToken), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset) ? offset : 0;

    private static void Tell(IAccountReport report, int conflicts, string said)
    {
        var reason = said.Contains("webhook", StringComparison.OrdinalIgnoreCase)
            ? "Somebody has set a webhook for this bot, so that Telegram answers no poll: another gateway, or another program with the same token."
            : "Somebody else asks Telegram for the updates of this bot: a second gateway, or another program with the same token.";
        if (conflicts < ConflictsTolerated)
        {
            report.Degraded(reason);
        }
        else
        {
            report.Conflict(reason);
        }
    }

    private static TimeSpan Pause(int failures) => failures < 6 ? Backoff.After(failures + 3) : TimeSpan.FromSeconds(20 + (10 * Random.Shared.NextDouble()));
}

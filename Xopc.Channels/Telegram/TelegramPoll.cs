using System.Globalization;
using System.Text.Json;
using Telegram.Bot;
using Telegram.Bot.Exceptions;
using Telegram.Bot.Types;
using Xopc.Channels.Accounts;
using Xopc.Channels.Intake;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Channels.Telegram;

/// <summary>
/// Asks Telegram for updates, one poll at a time, as long as the token is ours: the messages and the offset behind them are written in one transaction, and only
/// the next poll, which names that offset, lets Telegram forget them.
/// </summary>
internal sealed partial class TelegramPoll(TelegramAccountSettings settings, IIntake intake, AccountNotes notes, TimeProvider clock, ILogger log)
{
    internal const string OffsetNote = "offset";

    // A poll that is not answered so long after its time is mute: then the state says so, well within a minute.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    // A poll without news lasts its time. Where something in between answers it at once, the next one waits so long, or asking would be all that this process does.
    private static readonly TimeSpan EmptyPause = TimeSpan.FromMilliseconds(500);
    private const int ConflictsTolerated = 3;

    /// <exception cref="AccountException">The token is refused.</exception>
    /// <exception cref="FencedException">Somebody else owns the token now.</exception>
    public async Task RunAsync(KeyLease ownership, IAccountReport report, CancellationToken stopping)
    {
        var me = await IntroduceAsync(report, stopping);
        var offset = await OffsetAsync(stopping);
        var (failures, conflicts) = (0, 0);
        while (true)
        {
            // Each round of trouble begins with connections of its own: a poll that lives on in Telegram hangs on the socket it came over.
            using var connection = new TelegramConnection(settings);
            try
            {
                while (true)
                {
                    offset = await PollAsync(connection, me, offset, ownership, stopping);
                    (failures, conflicts) = (0, 0);
                    report.Alive();
                }
            }
            catch (ApiRequestException ex) when (ex.ErrorCode == 409)
            {
                Tell(report, ++conflicts);
                await WaitAsync(settings.PollTimeout + TimeSpan.FromSeconds(1 + (4 * Random.Shared.NextDouble())), stopping);
            }
            catch (Exception ex) when (IsOfTelegram(ex) && !stopping.IsCancellationRequested)
            {
                var trouble = TelegramErrors.ToAccount(ex);
                if (trouble.Failure == AccountFailure.NeedsLogin)
                {
                    throw trouble;
                }

                report.Degraded(trouble.Message);
                await WaitAsync(trouble.RetryAfter ?? Pause(++failures), stopping);
            }
        }
    }

    private async Task<User> IntroduceAsync(IAccountReport report, CancellationToken stopping)
    {
        using var connection = new TelegramConnection(settings);
        try
        {
            using var patience = Patience(settings.PollTimeout + Grace, stopping);
            var me = await connection.Client.GetMe(patience.Token);
            await connection.Client.DeleteWebhook(dropPendingUpdates: false, patience.Token); // else every poll is a conflict
            await new TelegramMenu(settings, notes).ShowAsync(connection, patience.Token);
            report.Identified(TelegramErrors.IdentityOf(me));
            report.Alive();
            return me;
        }
        catch (Exception ex) when (IsOfTelegram(ex) && !stopping.IsCancellationRequested)
        {
            throw TelegramErrors.ToAccount(ex);
        }
    }

    private async Task<int> PollAsync(TelegramConnection connection, User me, int offset, KeyLease ownership, CancellationToken stopping)
    {
        var asked = clock.GetTimestamp();
        using var patience = Patience(settings.PollTimeout + Grace, stopping);
        var request = new UpdatesRequest { Offset = offset, Timeout = (int)settings.PollTimeout.TotalSeconds };
        var updates = await connection.Client.SendRequest(request, patience.Token);
        if (updates.Length == 0)
        {
            if (clock.GetElapsedTime(asked) < EmptyPause)
            {
                await WaitAsync(EmptyPause, stopping);
            }

            return offset;
        }

        var messages = new List<InboundMessage>(updates.Length);
        // Of this batch alone: after a week without news Telegram goes on with ids from anywhere, also with lower ones.
        var next = updates.Max(update => Read(update, me, messages)) + 1;

        await intake.TakeAsync(messages, ownership, tx => notes.Keep(tx, settings.OwnershipKey, OffsetNote, next.ToString(CultureInfo.InvariantCulture)), stopping);
        return next;
    }

    // One by one: an update that cannot be read must not hold up those behind it for ever. It is said, and passed.
    private int Read(JsonElement json, User me, List<InboundMessage> messages)
    {
        if (!json.TryGetProperty("update_id", out var number) || !number.TryGetInt32(out var id) || id == int.MaxValue)
        {
            throw new JsonException("Telegram sent an update without an id.");
        }

        try
        {
            if (JsonSerializer.Deserialize<Update>(json, JsonBotAPI.Options) is { } update && TelegramUpdates.Read(update, settings.AccountId, me) is { } message)
            {
                messages.Add(message);
            }
        }
        catch (Exception ex) when (ex is not OutOfMemoryException) // whatever it is, it would come again with every poll
        {
            LogUnreadable(settings.AccountId, id, ex.GetType().Name);
        }

        return id;
    }

    private async Task<int> OffsetAsync(CancellationToken cancellationToken) =>
        int.TryParse(await notes.FindAsync(settings.OwnershipKey, OffsetNote, cancellationToken), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset) ? offset : 0;

    private static void Tell(IAccountReport report, int conflicts)
    {
        const string Reason = "Somebody else asks Telegram for the updates of this bot: a second gateway, or another program with the same token.";
        if (conflicts < ConflictsTolerated)
        {
            report.Degraded(Reason);
        }
        else
        {
            report.Conflict(Reason);
        }
    }

    private static TimeSpan Pause(int failures) => failures < 6 ? Backoff.After(failures + 3) : TimeSpan.FromSeconds(20 + (10 * Random.Shared.NextDouble()));

    private static bool IsOfTelegram(Exception exception) =>
        exception is RequestException or HttpRequestException or OperationCanceledException or IOException or JsonException;

    private Task WaitAsync(TimeSpan time, CancellationToken stopping) => Task.Delay(time, clock, stopping);

    private CancellationTokenSource Patience(TimeSpan time, CancellationToken stopping)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        source.CancelAfter(time);
        return source;
    }

    [LoggerMessage(LogLevel.Error, "Account {Account}: the update {Update} cannot be read and is passed over ({Cause})")]
    private partial void LogUnreadable(string account, int update, string cause);
}

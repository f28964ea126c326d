using Xopc.Channels.Accounts;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Pairing;
using Xopc.Contracts;
using Xopc.Storage;

namespace Xopc.Channels.Intake;

/// <summary>
/// Brings a complete group of messages to its one outcome: a turn, a command, a pairing request, or nothing. The gate comes first; files are fetched before the
/// turn is asked for, each a durable step of its own.
/// </summary>
internal sealed partial class IntakeStep(
    [FromKeyedServices(ChannelsSchema.Database)] Database database, IAccounts accounts, MediaFetching media, PairingRequests pairing, TurnDispatch dispatch,
    TimeProvider clock, ILogger<IntakeStep> log)
{
    /// <summary>So often a group that fails is taken up; then the person is told.</summary>
    internal const int MaxAttempts = 5;

    private static readonly TimeSpan AccountAway = TimeSpan.FromSeconds(15);

    /// <summary>True: the group has its outcome and the conversation's next may follow. False: the conversation was let go.</summary>
    /// <exception cref="FencedException">Another process holds the conversation now.</exception>
    public async Task<bool> AdvanceAsync(KeyLease lease, IReadOnlyList<IntakeRow> group, CancellationToken stopping)
    {
        FaultPoint.Reach("intake.claimed");
        var first = group[0].Message;
        var found = accounts.Find(first.Channel, first.AccountId);
        if (found.Account is null)
        {
            // Switched off after it came: what was said before is answered when it is back.
            return await LeaveAsync(lease, group, found.Reason!, AccountAway);
        }

        try
        {
            return await DecideAsync(lease, group, found.Account, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return await LeaveAsync(lease, group, "stopped", TimeSpan.Zero);
        }
        catch (Exception ex) when (ex is not (FencedException or DatabaseUnavailableException))
        {
            LogFailed(ex, group[0].Id, group[0].Attempt + 1);
            return group[0].Attempt + 1 < MaxAttempts
                ? await PostponeAsync(lease, group, ex.GetType().Name, DeliveryBackoff.After(group[0].Attempt + 1))
                : await GiveUpAsync(lease, group, ex.GetType().Name);
        }
    }

    private async Task<bool> DecideAsync(KeyLease lease, IReadOnlyList<IntakeRow> group, IAccount account, CancellationToken stopping)
    {
        var first = group[0].Message;
        var approved = await database.ReadAsync(reader => AllowedSenders.Has(reader, first.Channel, first.AccountId, first.SenderId), stopping);
        var (access, reason) = AccessGate.Judge(account.Settings.Access, first, approved);
        switch (access)
        {
            case Access.Refused:
                return await EndAsync(lease, group, IntakeStates.Refused, reason);
            case Access.NotForUs:
                // What was said before we were meant is not ours to hear; what follows belongs to what was said to us.
                var others = group.TakeWhile(row => !row.Message.ForUs).ToList();
                await EndAsync(lease, others, IntakeStates.NotForUs, null);
                group = [.. group.Skip(others.Count)];
                if (group.Count == 0)
                {
                    return true;
                }

                break;
            case Access.Pairing:
                await pairing.AskAsync(lease, group, account.Settings);
                return true;
        }

        // One fetch at a time: an album is ten pictures, and the lane holds nobody up but its own conversation.
        var fetched = new List<InboundMessage>(group.Count);
        foreach (var row in group)
        {
            fetched.Add(await media.FetchAsync(lease, row, account, stopping));
        }

        if (dispatch.WaitFor(fetched) is { } wait && wait > TimeSpan.Zero)
        {
            return await LeaveAsync(lease, group, "account-busy", wait);
        }

        await dispatch.DispatchAsync(lease, group, fetched, account.Settings);
        return true;
    }

    private async Task<bool> EndAsync(KeyLease lease, IReadOnlyList<IntakeRow> group, string state, string? reason)
    {
        FaultPoint.Reach("intake.ending");
        await database.WriteAsync(tx => IntakeTable.End(tx, lease, group, state, reason, null, NowMs()), CancellationToken.None);
        FaultPoint.Reach("intake.ended");
        return true;
    }

    private Task<bool> PostponeAsync(KeyLease lease, IReadOnlyList<IntakeRow> group, string reason, TimeSpan wait) => PostponeAsync(lease, group, reason, wait, charged: true);

    // No fault of the message: it uses up none of its attempts.
    private Task<bool> LeaveAsync(KeyLease lease, IReadOnlyList<IntakeRow> group, string reason, TimeSpan wait) => PostponeAsync(lease, group, reason, wait, charged: false);

    private async Task<bool> PostponeAsync(KeyLease lease, IReadOnlyList<IntakeRow> group, string reason, TimeSpan wait, bool charged)
    {
        await database.WriteAsync(
            tx =>
            {
                KeyLeases.Verify(tx, lease);
                IntakeTable.Postpone(tx, lease, group, reason, NowMs() + (long)wait.TotalMilliseconds, charged);
            },
            CancellationToken.None);
        return false;
    }

    private async Task<bool> GiveUpAsync(KeyLease lease, IReadOnlyList<IntakeRow> group, string reason)
    {
        var now = clock.GetUtcNow();
        await database.WriteAsync(
            tx =>
            {
                IntakeTable.End(tx, lease, group, IntakeStates.Failed, reason, null, now.ToUnixTimeMilliseconds());
                IntakeNotice.Add(tx, group[0].Message, "failed:" + group[0].Id, "Your message could not be taken in because of a fault here. Please send it again.", now);
            },
            CancellationToken.None);
        return true;
    }

    private long NowMs() => clock.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(LogLevel.Error, "Message {Message} could not be taken in (attempt {Attempt})")]
    private partial void LogFailed(Exception exception, string message, int attempt);
}

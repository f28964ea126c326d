using Xopc.Channels.Accounts;
using Xopc.Channels.Deliveries;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Channels.Previews;

/// <summary>
/// Shows an unfinished answer: sends its message and changes it. Each change holds the peer's key, as a delivery does, so that neither comes between
/// the other's doing; it lets everything else go first, and when there is no right to send left it waits for the next text instead of for its turn.
/// </summary>
internal sealed partial class PreviewShowing(
    [FromKeyedServices(ChannelsSchema.Database)] Database database, [FromKeyedServices(ChannelsSchema.Database)] LeaseOwner owner, IAccounts accounts, IEnumerable<IChannel> channels,
    SendRates rates, DeliveryLanes lanes, TimeProvider clock, ILogger<PreviewShowing> log)
{
    /// <summary>Shorter answers are there before anybody has read so much.</summary>
    internal const int FewestCharacters = 30;

    /// <summary>From one change to the next; the platform allows one message a second to a chat.</summary>
    internal static readonly TimeSpan Every = TimeSpan.FromSeconds(1.25);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RecordAgain = TimeSpan.FromMilliseconds(250);

    // What is handed over must have ended before anybody else may hold the key.
    private static readonly TimeSpan SafeFor = SendTimeout + TimeSpan.FromSeconds(5);

    private readonly ILogger<PreviewShowing> _log = log;
    private readonly Dictionary<string, ChannelRates> _rates = channels.ToDictionary(channel => channel.Id, channel => channel.Rates, StringComparer.Ordinal);

    /// <summary>Whether answers to this place are shown while they grow.</summary>
    public bool IsWanted(DeliveryTarget target) => AccountOf(target) is { Settings.Preview: not PreviewMode.Off };

    /// <summary>Shows a text, if it may be shown now.</summary>
    public async Task<PreviewStep> ShowAsync(Preview preview, string text, CancellationToken stopping)
    {
        if (AccountOf(preview.Run.ReplyTo) is not { Settings.Preview: not PreviewMode.Off and var mode } account)
        {
            return PreviewStep.End;
        }

        var source = mode == PreviewMode.Block ? FinishedBlocks.Of(text) : text;
        if ((preview.Seen is null && source.Length < FewestCharacters) || Render(account, preview, source) is not { } part || part == preview.Seen)
        {
            return new PreviewStep(LookAgain); // when more has come
        }

        if (await database.ReadAsync(reader => PreviewTable.HasToWait(reader, preview.Run) || PausedAccounts.Contains(reader, account.Settings), stopping))
        {
            return new PreviewStep(LookAgain, Again: true); // what was said earlier appears first; a paused account says nothing
        }

        var wait = await rates.TryTakeAsync(
            SendRates.OwnerOf(account.Settings), preview.Run.ReplyTo, _rates.GetValueOrDefault(account.Settings.Channel, ChannelRates.Unlimited).Spare);
        return wait.MayGo ? await ShowAsync(preview, account, part) : new PreviewStep(wait.Time, Again: true);
    }

    /// <summary>The run is over, or is followed no longer: what people see waits for the answer.</summary>
    public async Task LeaveAsync(Preview preview)
    {
        if (preview.Lease is { } lease)
        {
            await RecordAsync(tx => _ = KeyLeases.Stands(tx, lease) && Release(tx, lease));
            preview.Lease = null;
        }
    }

    private async Task<PreviewStep> ShowAsync(Preview preview, IEditingAccount account, DeliveryPart part)
    {
        // The first one is on the disk before it is sent; what is known of later ones is worth no sync.
        var hold = await database.WriteAsync(tx => Take(tx, preview), preview.Seen is null ? Durability.Full : Durability.Relaxed, CancellationToken.None);
        if (hold.Lane is not { } lane)
        {
            return hold.IsBusy ? new PreviewStep(LookAgain, Again: true) : PreviewStep.End;
        }

        preview.Lease = hold.Lease;
        var result = await HandOverAsync(preview, account, part, hold, lane);
        ChannelsTelemetry.PreviewHanded(account.Settings.Channel, result);
        await RecordAsync(tx =>
        {
            Record(tx, preview.TurnId, result, isEdit: hold.MessageId is not null);
            KeyLeases.Release(tx, lane);
        });
        lanes.Wake(); // a delivery may have come for the peer meanwhile
        switch (result)
        {
            case SendResult.Sent:
                preview.Seen = part;
                return new PreviewStep(Every);
            case SendResult.Later later:
                return new PreviewStep(later.After > Every ? later.After.Value : Every, Again: true);
            default:
                return PreviewStep.End;
        }
    }

    private Hold Take(DatabaseTransaction transaction, Preview preview)
    {
        var (run, now) = (preview.Run, NowMs());
        if (PreviewTable.HasToWait(transaction, run))
        {
            return Hold.Busy;
        }

        if (DeliveryLedger.Find(transaction, PreviewTable.DeliveryOf(run.TurnId)) is not null || DeliveryLedger.Mark(transaction, run.ReplyTo.Key) is not null)
        {
            return Hold.None; // the answer is there, or nobody
        }

        var row = PreviewTable.Find(transaction, run.TurnId);
        if (row is null ? preview.Seen is not null : row is not { State: PreviewStates.Shown, MessageId: not null })
        {
            return Hold.None; // it was taken away, or nobody knows what people see of an earlier one
        }

        // One process shows an answer; one at a time, and no delivery, does anything at a peer.
        var lease = preview.Lease is { } held ? (KeyLeases.Stands(transaction, held) ? held : null) : TakeFree(transaction, PreviewTable.LeaseKey(run.TurnId), now);
        if (lease is null)
        {
            return Hold.None;
        }

        if (TakeFree(transaction, DeliveryLedger.LeaseKey(run.ReplyTo.Key), now) is not { } lane)
        {
            _ = preview.Lease is not null || Release(transaction, lease);
            return Hold.Busy;
        }

        var target = DeliveryLedger.TargetNow(transaction, run.ReplyTo);
        if (row is null)
        {
            PreviewTable.Add(transaction, run.TurnId, target, now);
        }
        else
        {
            PreviewTable.Become(transaction, run.TurnId, PreviewStates.Shown, PreviewStates.Editing, now);
        }

        return new Hold(lane, lease, target, row?.MessageId);
    }

    private async Task<SendResult> HandOverAsync(Preview preview, IEditingAccount account, DeliveryPart part, Hold hold, KeyLease lane)
    {
        if (NowMs() > lane.UntilMs - (long)SafeFor.TotalMilliseconds)
        {
            return new SendResult.Later("The process stood still."); // somebody else may hold the key before this ends
        }

        using var patience = new CancellationTokenSource(SendTimeout, clock);
        try
        {
            return hold.MessageId is { } message
                ? await account.EditAsync(hold.Target!, message, part, patience.Token)
                : await account.SendAsync(hold.Target!, part, new SendOptions(ReplyTo: preview.Run.ReplyToMessageId), patience.Token);
        }
        catch (OperationCanceledException)
        {
            return new SendResult.Unknown("The platform did not answer.");
        }
        catch (Exception ex)
        {
            LogThrew(ex, preview.TurnId);
            return new SendResult.Unknown("It failed in a way that does not tell whether it arrived.");
        }
    }

    private void Record(DatabaseTransaction transaction, string turnId, SendResult result, bool isEdit)
    {
        switch (result)
        {
            case SendResult.Sent sent:
                PreviewTable.Shown(transaction, turnId, sent.MessageId, NowMs());
                break;
            case SendResult.Later when isEdit:
                PreviewTable.Become(transaction, turnId, PreviewStates.Editing, PreviewStates.Shown, NowMs());
                break;
            case SendResult.Unknown:
                break; // the row says so: what may still be on its way to it keeps the answer out of it
            default:
                PreviewTable.Drop(transaction, turnId); // there is none, or none that can be changed
                break;
        }
    }

    // A text that cannot be rendered is not worth more than a word in the log: the delivery says what is to be said.
    private DeliveryPart? Render(IEditingAccount account, Preview preview, string text)
    {
        try
        {
            return account.RenderPreview(text);
        }
        catch (Exception ex)
        {
            LogThrew(ex, preview.TurnId);
            return null;
        }
    }

    private IEditingAccount? AccountOf(DeliveryTarget target) => accounts.Find(target.Channel, target.AccountId).Account as IEditingAccount;

    private KeyLease? TakeFree(DatabaseTransaction transaction, string key, long nowMs) => KeyLeases.TryTakeFree(transaction, key, owner.Name, nowMs, LeaseOwner.Duration);

    private static bool Release(DatabaseTransaction transaction, KeyLease lease)
    {
        KeyLeases.Release(transaction, lease);
        return true;
    }

    // A key that is held and not let go would hold up its deliveries as long as this process lives.
    private async Task RecordAsync(Action<DatabaseTransaction> work)
    {
        while (true)
        {
            try
            {
                await database.WriteAsync(work, Durability.Relaxed, CancellationToken.None);
                return;
            }
            catch (FencedException ex)
            {
                LogTakenOver(ex.Message); // nothing was written: whoever has it now sees that the outcome is not known
                return;
            }
            catch (DatabaseUnavailableException)
            {
                await Task.Delay(RecordAgain, clock, CancellationToken.None);
            }
        }
    }

    private long NowMs() => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The right to change what a peer sees, for one change.</summary>
    private sealed record Hold(KeyLease? Lane, KeyLease? Lease, DeliveryTarget? Target, string? MessageId)
    {
        /// <summary>Not now: somebody else does something there.</summary>
        public static readonly Hold Busy = new(null, null, null, null) { IsBusy = true };

        /// <summary>Not any more.</summary>
        public static readonly Hold None = new(null, null, null, null);

        public bool IsBusy { get; private init; }
    }

    [LoggerMessage(LogLevel.Error, "The unfinished answer of turn {Turn} could not be shown because of a fault here")]
    private partial void LogThrew(Exception exception, string turn);

    [LoggerMessage(LogLevel.Warning, "Showing an unfinished answer was overtaken: {Reason}")]
    private partial void LogTakenOver(string reason);
}

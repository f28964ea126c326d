using Xopc.Channels.Accounts;
using Xopc.Contracts;
using Xopc.Storage;

namespace Xopc.Channels.Deliveries;

/// <summary>
/// Brings one delivery forward as far as it goes now: to its end, or to the next moment at which it makes sense to try. Persist, act, record: a part is in
/// state sending before it is handed over, so whoever comes after a death sees that its outcome is unknown.
/// </summary>
internal sealed partial class DeliverySending(
    [FromKeyedServices(ChannelsSchema.Database)] Database database, IAccounts accounts, IEnumerable<IChannel> channels, SendRates rates, DeliveryNews news,
    TimeProvider clock, ILogger<DeliverySending> log)
{
    /// <summary>So often a part is handed over with unknown outcome; then a person decides.</summary>
    internal const int MaxUnknown = 3;

    // A platform that takes longer holds its peer's lane, no other's.
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AccountAway = TimeSpan.FromSeconds(15);
    private static readonly Over LetGo = new(null);
    private static readonly TimeSpan RecordAgain = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<string, ChannelRates> _rates = channels.ToDictionary(channel => channel.Id, channel => channel.Rates, StringComparer.Ordinal);

    /// <summary>How many messages an account may send now, at most <paramref name="atMost"/>, and how long until one more.</summary>
    /// <param name="account"><c>{channel}:{account}</c></param>
    public ValueTask<(int Free, TimeSpan Wait)> FreeOfAsync(string account, int atMost)
    {
        var colon = account.IndexOf(':');
        return accounts.Find(account[..colon], account[(colon + 1)..]).Account is { } found
            ? rates.OfAsync(SendRates.OwnerOf(found.Settings), RatesOf(account[..colon]), atMost)
            : ValueTask.FromResult((atMost, TimeSpan.Zero)); // to be told that there is no such account
    }

    private ChannelRates RatesOf(string channel) => _rates.GetValueOrDefault(channel, ChannelRates.Unlimited);

    /// <summary>The key's next delivery, found in the transaction that ended this one; null: the key was let go.</summary>
    /// <param name="next">Finds it, or lets the key go.</param>
    /// <exception cref="FencedException">Another process holds the key now.</exception>
    public async Task<DeliveryWork?> AdvanceAsync(KeyLease lease, DeliveryWork work, Func<DatabaseTransaction, DeliveryWork?> next, CancellationToken stopping)
    {
        var (delivery, known) = (work.Delivery, work.Parts);
        using var span = ChannelsTelemetry.Deliver(delivery);
        FaultPoint.Reach("delivery.claimed");
        if (NowMs() >= delivery.NotAfterMs)
        {
            return await ExpireAsync(lease, delivery, known, next);
        }

        var found = accounts.Find(delivery.Target.Channel, delivery.Target.AccountId);
        switch (found.Outcome)
        {
            case AccountLookupOutcome.NoChannel:
                return await EndAsync(lease, delivery, DeliveryStates.Failed, found.Reason, next);
            case not AccountLookupOutcome.Found:
                return await PostponeAsync(lease, delivery, found.Reason, AccountAway); // it may be switched on again before it is too late
        }

        if (work.IsPaused)
        {
            return await PostponeAsync(lease, delivery, "The account is paused by an operator.", AccountAway);
        }

        if (work.Unreachable is not null)
        {
            return await EndAsync(lease, delivery, DeliveryStates.Failed, work.Unreachable, next);
        }

        (delivery, var cut) = Cut(found.Account!, delivery);
        if (cut is not { } parts)
        {
            return await EndAsync(lease, delivery, DeliveryStates.Failed, "The text could not be brought into the platform's form because of a fault here.", next);
        }

        foreach (var part in parts)
        {
            var row = known.FirstOrDefault(row => row.No == part.No);
            if (row is { IsSent: true })
            {
                continue;
            }

            var step = new PartStep(part, row, part == parts[^1], next);
            var sending = part.No == 1 && work.Preview is { } preview && found.Account is IEditingAccount editing
                ? AnswerAsync(lease, delivery, editing, preview, step, stopping)
                : SendPartAsync(lease, delivery, found.Account!, step, stopping);
            if (await sending is { } over)
            {
                return over.Next;
            }
        }

        return await EndAsync(lease, delivery, DeliveryStates.Sent, null, next);
    }

    // A text that cannot be rendered now never can: it must not hold up what stands behind it.
    private (Delivery Delivery, IReadOnlyList<DeliveryPart>? Parts) Cut(IAccount account, Delivery delivery)
    {
        try
        {
            if (delivery.Cut is { } before)
            {
                return (delivery, account.Restore(before)); // settings and renderer may have changed since its first part went out
            }

            var parts = account.Render(delivery.Text);
            return (delivery with { Cut = account.Keep(parts) }, parts);
        }
        catch (Exception ex)
        {
            LogNotRendered(ex, delivery.Id);
            return (delivery, null);
        }
    }

    /// <summary>Null: the part is there and the next one follows.</summary>
    private async Task<Over?> SendPartAsync(KeyLease lease, Delivery delivery, IAccount account, PartStep step, CancellationToken stopping)
    {
        var (part, row, _, next) = step;

        // Handed over before, and nobody recorded what came of it.
        var unknown = row is not null && account.ShowsRepetitions;
        if (unknown && (row!.Attempt >= MaxUnknown || (account.Settings.Unknown == UnknownPolicy.Hold && !row.IsReleased)))
        {
            FaultPoint.Reach("delivery.holding");
            return new Over(await EndAsync(
                lease, delivery, DeliveryStates.Unknown, delivery.Reason ?? "It was handed to the platform, and the process ended before the answer was recorded.", next));
        }

        if (stopping.IsCancellationRequested)
        {
            await PostponeAsync(lease, delivery, delivery.Reason, TimeSpan.Zero);
            return LetGo;
        }

        var wait = await rates.TryTakeAsync(SendRates.OwnerOf(account.Settings), delivery.Target, RatesOf(delivery.Target.Channel));
        if (!wait.MayGo)
        {
            // A pause of the account is no date of the delivery's: when the pause is over, or the account another, it is due.
            await PostponeAsync(lease, delivery, delivery.Reason, wait.IsPause ? TimeSpan.Zero : wait.Time);
            return LetGo;
        }

        if (unknown)
        {
            FaultPoint.Reach("delivery.repeating");
        }

        FaultPoint.Reach("delivery.beginning");
        await database.WriteAsync(tx => DeliveryLedger.BeginPart(tx, lease, delivery, part.No, unknown, NowMs()), CancellationToken.None);
        FaultPoint.Reach("delivery.sending");
        news.Tell(delivery, DeliveryStates.Sending, null);
        var result = await HandOverAsync(
            delivery, patience => account.SendAsync(delivery.Target, part, new SendOptions(unknown, part.No == 1 ? delivery.ReplyTo : null, delivery), patience));
        FaultPoint.Reach("delivery.answered");
        return await RecordAsync(lease, delivery, SendRates.OwnerOf(account.Settings), step, result,
            account.ShowsRepetitions ? (row?.Attempt ?? 0) + 1 : Math.Min(MaxUnknown, (row?.Attempt ?? 0) + 1));
    }

    private async Task<SendResult> HandOverAsync(Delivery delivery, Func<CancellationToken, Task<SendResult>> act)
    {
        using var patience = new CancellationTokenSource(SendTimeout, clock);
        try
        {
            return await act(patience.Token);
        }
        catch (OperationCanceledException)
        {
            return new SendResult.Unknown($"The platform did not answer within {SendTimeout.TotalSeconds:0} s.");
        }
        catch (Exception ex)
        {
            LogSendThrew(ex, delivery.Id);
            return new SendResult.Unknown("The send failed in a way that does not tell whether it arrived.");
        }
    }

    // The last part's record is the delivery's end: one commit instead of two for what is mostly one message long.
    private async Task<Over?> SentAsync(KeyLease lease, Delivery delivery, PartStep step, SendResult.Sent sent, Action<DatabaseTransaction> also)
    {
        var following = await RecordAsync(tx =>
        {
            DeliveryLedger.PartSent(tx, lease, delivery, step.Part.No, sent.MessageId, sent.Note, NowMs());
            also(tx);
            return step.IsLast ? End(tx, lease, delivery, DeliveryStates.Sent, null, step.Next) : null;
        });
        FaultPoint.Reach("delivery.recorded");
        if (!step.IsLast)
        {
            return null;
        }

        Ended(delivery, DeliveryStates.Sent, null);
        return new Over(following);
    }

    private async Task<Over?> RecordAsync(KeyLease lease, Delivery delivery, string owner, PartStep step, SendResult result, int attempt)
    {
        var no = step.Part.No;
        ChannelsTelemetry.Handed(delivery.Target.Channel, result);
        switch (result)
        {
            case SendResult.Sent sent:
                return await SentAsync(lease, delivery, step, sent, static _ => { });
            case SendResult.Refused refused:
                return new Over(await RefuseAsync(lease, delivery, no, refused, step.Next));
            case SendResult.Moved moved:
                await RecordAsync(tx =>
                {
                    DeliveryLedger.PartBack(tx, lease, delivery, no);
                    DeliveryLedger.Move(tx, lease, delivery, moved.PeerId, NowMs());
                    DeliveryLedger.Postpone(tx, lease, delivery, $"The peer has moved to {moved.PeerId}.", NowMs(), NowMs());
                });
                return LetGo;
            case SendResult.Later later:
                var after = later.After is { } asked && asked > TimeSpan.Zero ? asked : DeliveryBackoff.After(delivery.Attempt + 1);
                // It holds here at once; that the others are told does not delay the record.
                var telling = later.OfAccount ? rates.PauseAsync(owner, after) : ValueTask.CompletedTask;
                await RecordAsync(tx =>
                {
                    DeliveryLedger.PartBack(tx, lease, delivery, no);
                    DeliveryLedger.Postpone(tx, lease, delivery, later.Reason, DueMs(delivery, later.OfAccount ? TimeSpan.Zero : after), NowMs());
                    FaultPoint.Reach("delivery.postponing");
                });
                FaultPoint.Reach("delivery.postponed");
                news.Tell(delivery, DeliveryStates.Queued, later.Reason);
                await telling;
                return LetGo;
            default:
                // The part stays in state sending: the next look finds it as after a death, and policy decides.
                var reason = ((SendResult.Unknown)result).Reason;
                await PostponeAsync(lease, delivery, reason, DeliveryBackoff.After(attempt));
                return LetGo;
        }
    }

    private async Task<DeliveryWork?> RefuseAsync(KeyLease lease, Delivery delivery, int no, SendResult.Refused refused, Func<DatabaseTransaction, DeliveryWork?> next)
    {
        var following = await RecordAsync(tx =>
        {
            DeliveryLedger.PartBack(tx, lease, delivery, no);
            if (refused.OfPeer)
            {
                DeliveryLedger.SetMark(tx, delivery.Key, refused.Reason, NowMs());
            }

            DeliveryLedger.End(tx, lease, delivery, DeliveryStates.Failed, refused.Reason, NowMs());
            FaultPoint.Reach("delivery.refusing");
            return next(tx);
        });
        FaultPoint.Reach("delivery.refused");
        news.Ended(delivery, DeliveryStates.Failed, refused.Reason);
        return following;
    }

    private async Task<DeliveryWork?> ExpireAsync(KeyLease lease, Delivery delivery, IReadOnlyList<PartRow> parts, Func<DatabaseTransaction, DeliveryWork?> next)
    {
        if (parts.Any(part => !part.IsSent))
        {
            // The digest would say that it was not sent.
            return await EndAsync(lease, delivery, DeliveryStates.Unknown, "It was handed to the platform without an answer, and became too old to be sent again.", next);
        }

        var sent = parts.Count(part => part.IsSent);
        var reason = sent == 0 ? "It was too old to be sent." : $"It was too old to be sent to its end; {sent} of its messages are there.";
        var following = await RecordAsync(tx =>
        {
            DeliveryLedger.End(tx, lease, delivery, DeliveryStates.Expired, reason, NowMs());
            ExpiryDigest.Note(tx, delivery, NowMs());
            FaultPoint.Reach("delivery.expiring");
            return next(tx);
        });
        FaultPoint.Reach("delivery.expired");
        news.Ended(delivery, DeliveryStates.Expired, reason);
        return following;
    }

    private async Task<DeliveryWork?> EndAsync(KeyLease lease, Delivery delivery, string state, string? reason, Func<DatabaseTransaction, DeliveryWork?> next)
    {
        var following = await RecordAsync(tx => End(tx, lease, delivery, state, reason, next));
        Ended(delivery, state, reason);
        return following;
    }

    private DeliveryWork? End(
        DatabaseTransaction transaction, KeyLease lease, Delivery delivery, string state, string? reason, Func<DatabaseTransaction, DeliveryWork?> next)
    {
        DeliveryLedger.End(transaction, lease, delivery, state, reason, NowMs());
        FaultPoint.Reach("delivery.ending");
        return next(transaction);
    }

    private void Ended(Delivery delivery, string state, string? reason)
    {
        FaultPoint.Reach("delivery.ended");
        news.Ended(delivery, state, reason);
    }

    // Null: the key is let go.
    private async Task<DeliveryWork?> PostponeAsync(KeyLease lease, Delivery delivery, string? reason, TimeSpan wait)
    {
        await RecordAsync(tx =>
        {
            KeyLeases.Verify(tx, lease);
            DeliveryLedger.Postpone(tx, lease, delivery, reason, DueMs(delivery, wait), NowMs());
        });
        return null;
    }

    // What was done outside is written down however long the database is away: forgetting it would make the next look take the part for unknown. A stop ends the
    // process in the middle of this, and then it is.
    private async Task<T> RecordAsync<T>(Func<DatabaseTransaction, T> work)
    {
        while (true)
        {
            try
            {
                return await database.WriteAsync(work, CancellationToken.None);
            }
            catch (DatabaseUnavailableException ex)
            {
                LogNotRecorded(ex.Message);
                await Task.Delay(RecordAgain, clock, CancellationToken.None);
            }
        }
    }

    private Task<bool> RecordAsync(Action<DatabaseTransaction> work) => RecordAsync(tx =>
    {
        work(tx);
        return true;
    });

    // Never beyond the moment at which it is to be given up.
    private long DueMs(Delivery delivery, TimeSpan wait) => Math.Min(NowMs() + (long)Math.Ceiling(wait.TotalMilliseconds), Math.Max(NowMs(), delivery.NotAfterMs));

    private long NowMs() => clock.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(LogLevel.Error, "Delivery {Delivery}: the channel threw instead of answering")]
    private partial void LogSendThrew(Exception exception, string delivery);

    [LoggerMessage(LogLevel.Error, "Delivery {Delivery}: its text could not be rendered")]
    private partial void LogNotRendered(Exception exception, string delivery);

    [LoggerMessage(LogLevel.Warning, "What became of a delivery cannot be written down yet: {Reason}")]
    private partial void LogNotRecorded(string reason);

    /// <summary>One part, where it stands, and whether the delivery is over with it.</summary>
    private sealed record PartStep(DeliveryPart Part, PartRow? Row, bool IsLast, Func<DatabaseTransaction, DeliveryWork?> Next);

    /// <summary>This delivery is worked on no more now.</summary>
    /// <param name="Next">The key's next one; null: the key was let go.</param>
    private readonly record struct Over(DeliveryWork? Next);
}

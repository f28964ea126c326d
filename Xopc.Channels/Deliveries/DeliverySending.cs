using Xopc.Channels.Accounts;
using Xopc.Channels.Previews;
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
    private static readonly TimeSpan RecordAgain = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<string, ChannelRates> _rates = channels.ToDictionary(channel => channel.Id, channel => channel.Rates, StringComparer.Ordinal);

    /// <summary>How many messages an account may send now, at most <paramref name="atMost"/>; and when none, how long until one.</summary>
    /// <param name="account"><c>{channel}:{account}</c></param>
    public ValueTask<(int Free, TimeSpan Wait)> FreeOfAsync(string account, int atMost)
    {
        var colon = account.IndexOf(':');
        return accounts.Find(account[..colon], account[(colon + 1)..]).Account is { } found
            ? rates.OfAsync(SendRates.OwnerOf(found.Settings), RatesOf(account[..colon]), atMost)
            : ValueTask.FromResult((atMost, TimeSpan.Zero)); // to be told that there is no such account
    }

    private ChannelRates RatesOf(string channel) => _rates.GetValueOrDefault(channel, ChannelRates.Unlimited);

    /// <summary>True: it has ended and the key's next may follow. False: the key was let go.</summary>
    /// <exception cref="FencedException">Another process holds the key now.</exception>
    public async Task<bool> AdvanceAsync(KeyLease lease, Delivery delivery, IReadOnlyList<PartRow> known, CancellationToken stopping)
    {
        using var span = ChannelsTelemetry.Deliver(delivery);
        FaultPoint.Reach("delivery.claimed");
        if (NowMs() >= delivery.NotAfterMs)
        {
            return await ExpireAsync(lease, delivery, known);
        }

        var found = accounts.Find(delivery.Target.Channel, delivery.Target.AccountId);
        switch (found.Outcome)
        {
            case AccountLookupOutcome.NoChannel:
                return await EndAsync(lease, delivery, DeliveryStates.Failed, found.Reason);
            case not AccountLookupOutcome.Found:
                return await PostponeAsync(lease, delivery, found.Reason, AccountAway); // it may be switched on again before it is too late
        }

        var (paused, unreachable, preview) = await database.ReadAsync(
            reader => (PausedAccounts.Contains(reader, found.Account!.Settings), DeliveryLedger.Mark(reader, delivery.Key), PreviewTable.Of(reader, delivery)), stopping);
        if (paused)
        {
            return await PostponeAsync(lease, delivery, "The account is paused by an operator.", AccountAway);
        }

        if (unreachable is not null)
        {
            return await EndAsync(lease, delivery, DeliveryStates.Failed, unreachable);
        }

        (delivery, var cut) = Cut(found.Account!, delivery);
        if (cut is not { } parts)
        {
            return await EndAsync(lease, delivery, DeliveryStates.Failed, "The text could not be brought into the platform's form because of a fault here.");
        }

        foreach (var part in parts)
        {
            var row = known.FirstOrDefault(row => row.No == part.No);
            if (row is { IsSent: true })
            {
                continue;
            }

            var step = new PartStep(part, row, part == parts[^1]);
            var sending = part.No == 1 && preview is not null && found.Account is IEditingAccount editing
                ? AnswerAsync(lease, delivery, editing, preview, step, stopping)
                : SendPartAsync(lease, delivery, found.Account!, step, stopping);
            if (await sending is { } over)
            {
                return over;
            }
        }

        return await EndAsync(lease, delivery, DeliveryStates.Sent, null);
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
    private async Task<bool?> SendPartAsync(KeyLease lease, Delivery delivery, IAccount account, PartStep step, CancellationToken stopping)
    {
        var (part, row, _) = step;

        // Handed over before, and nobody recorded what came of it.
        var unknown = row is not null && account.ShowsRepetitions;
        if (unknown && (row!.Attempt >= MaxUnknown || (account.Settings.Unknown == UnknownPolicy.Hold && !row.IsReleased)))
        {
            FaultPoint.Reach("delivery.holding");
            return await EndAsync(lease, delivery, DeliveryStates.Unknown, delivery.Reason ?? "It was handed to the platform, and the process ended before the answer was recorded.");
        }

        if (stopping.IsCancellationRequested)
        {
            return await PostponeAsync(lease, delivery, delivery.Reason, TimeSpan.Zero);
        }

        var wait = await rates.TryTakeAsync(SendRates.OwnerOf(account.Settings), delivery.Target, RatesOf(delivery.Target.Channel));
        if (!wait.MayGo)
        {
            // A pause of the account is no date of the delivery's: when the pause is over, or the account another, it is due.
            return await PostponeAsync(lease, delivery, delivery.Reason, wait.IsPause ? TimeSpan.Zero : wait.Time);
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
    private async Task<bool?> SentAsync(KeyLease lease, Delivery delivery, PartStep step, SendResult.Sent sent, Action<DatabaseTransaction> also)
    {
        await RecordAsync(tx =>
        {
            DeliveryLedger.PartSent(tx, lease, delivery, step.Part.No, sent.MessageId, sent.Note, NowMs());
            also(tx);
            if (step.IsLast)
            {
                End(tx, lease, delivery, DeliveryStates.Sent, null);
            }
        });
        FaultPoint.Reach("delivery.recorded");
        return step.IsLast ? Ended(delivery, DeliveryStates.Sent, null) : null;
    }

    private async Task<bool?> RecordAsync(KeyLease lease, Delivery delivery, string owner, PartStep step, SendResult result, int attempt)
    {
        var no = step.Part.No;
        ChannelsTelemetry.Handed(delivery.Target.Channel, result);
        switch (result)
        {
            case SendResult.Sent sent:
                return await SentAsync(lease, delivery, step, sent, static _ => { });
            case SendResult.Refused refused:
                return await RefuseAsync(lease, delivery, no, refused);
            case SendResult.Moved moved:
                await RecordAsync(tx =>
                {
                    DeliveryLedger.PartBack(tx, lease, delivery, no);
                    DeliveryLedger.Move(tx, lease, delivery, moved.PeerId, NowMs());
                    DeliveryLedger.Postpone(tx, lease, delivery, $"The peer has moved to {moved.PeerId}.", NowMs(), NowMs());
                });
                return false;
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
                return false;
            default:
                // The part stays in state sending: the next look finds it as after a death, and policy decides.
                var reason = ((SendResult.Unknown)result).Reason;
                return await PostponeAsync(lease, delivery, reason, DeliveryBackoff.After(attempt));
        }
    }

    private async Task<bool> RefuseAsync(KeyLease lease, Delivery delivery, int no, SendResult.Refused refused)
    {
        await RecordAsync(tx =>
        {
            DeliveryLedger.PartBack(tx, lease, delivery, no);
            if (refused.OfPeer)
            {
                DeliveryLedger.SetMark(tx, delivery.Key, refused.Reason, NowMs());
            }

            DeliveryLedger.End(tx, lease, delivery, DeliveryStates.Failed, refused.Reason, NowMs());
            FaultPoint.Reach("delivery.refusing");
        });
        FaultPoint.Reach("delivery.refused");
        news.Ended(delivery, DeliveryStates.Failed, refused.Reason);
        return true;
    }

    private async Task<bool> ExpireAsync(KeyLease lease, Delivery delivery, IReadOnlyList<PartRow> parts)
    {
        if (parts.Any(part => !part.IsSent))
        {
            // The digest would say that it was not sent.
            return await EndAsync(lease, delivery, DeliveryStates.Unknown, "It was handed to the platform without an answer, and became too old to be sent again.");
        }

        var sent = parts.Count(part => part.IsSent);
        var reason = sent == 0 ? "It was too old to be sent." : $"It was too old to be sent to its end; {sent} of its messages are there.";
        await RecordAsync(tx =>
        {
            DeliveryLedger.End(tx, lease, delivery, DeliveryStates.Expired, reason, NowMs());
            ExpiryDigest.Note(tx, delivery, NowMs());
            FaultPoint.Reach("delivery.expiring");
        });
        FaultPoint.Reach("delivery.expired");
        news.Ended(delivery, DeliveryStates.Expired, reason);
        return true;
    }

    private async Task<bool> EndAsync(KeyLease lease, Delivery delivery, string state, string? reason)
    {
        await RecordAsync(tx => End(tx, lease, delivery, state, reason));
        return Ended(delivery, state, reason);
    }

    private void End(DatabaseTransaction transaction, KeyLease lease, Delivery delivery, string state, string? reason)
    {
        DeliveryLedger.End(transaction, lease, delivery, state, reason, NowMs());
        FaultPoint.Reach("delivery.ending");
    }

    private bool Ended(Delivery delivery, string state, string? reason)
    {
        FaultPoint.Reach("delivery.ended");
        news.Ended(delivery, state, reason);
        return true;
    }

    private async Task<bool> PostponeAsync(KeyLease lease, Delivery delivery, string? reason, TimeSpan wait)
    {
        await RecordAsync(tx =>
        {
            KeyLeases.Verify(tx, lease);
            DeliveryLedger.Postpone(tx, lease, delivery, reason, DueMs(delivery, wait), NowMs());
        });
        return false;
    }

    // What was done outside is written down however long the database is away: forgetting it would make the next look take the part for unknown. A stop ends the
    // process in the middle of this, and then it is.
    private async Task RecordAsync(Action<DatabaseTransaction> work)
    {
        while (true)
        {
            try
            {
                await database.WriteAsync(work, CancellationToken.None);
                return;
            }
            catch (DatabaseUnavailableException ex)
            {
                LogNotRecorded(ex.Message);
                await Task.Delay(RecordAgain, clock, CancellationToken.None);
            }
        }
    }

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
    private sealed record PartStep(DeliveryPart Part, PartRow? Row, bool IsLast);
}

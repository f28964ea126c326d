using Microsoft.Extensions.Logging;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Messaging;

/// <summary>
/// Sends the outbox of one database, in order, one message of a key at a time, under the lease <c>relay:{database}</c>. A row stays until its receiver
/// confirmed it; what stays unconfirmed is sent again. All its own writes are relaxed: losing one sends a message twice, and the receiver's inbox knows it.
/// </summary>
internal sealed partial class OutboxRelay(
    Database database, IStreamWriter writer, MessagingOptions options, MessagingTelemetry telemetry, TimeProvider clock,
    ILogger<OutboxRelay> logger) : DrainWorker(clock, logger)
{
    // Rows read to find sendable ones when a backlog of held keys lies in front.
    private const int LargestPage = 65_536;
    private const int SweepPage = 1_000;

    private readonly ILogger<OutboxRelay> _logger = logger;
    private readonly Ring _wake = new();
    private readonly Dictionary<string, long> _fullUntilMs = new(StringComparer.Ordinal);
    private readonly InFlightKeys _inFlight = new();
    private readonly string _owner = $"relay:{options.ConsumerName}:{Guid.CreateVersion7():N}";
    private volatile KeyLease? _lease;
    private long _renewAtMs;
    private long _sweepAtMs;

    public override string Name => $"relay {database.Name}";

    /// <summary>Whether this process relays now; receipts are read only here, since only the holder knows what is in flight.</summary>
    public bool HoldsLease => _lease is not null;

    public override async Task<bool> DrainOnceAsync(CancellationToken cancellationToken)
    {
        if (!await HoldLeaseAsync(cancellationToken))
        {
            return false;
        }

        await SweepWhenDueAsync(cancellationToken);
        var nowMs = NowMs();
        var rows = await SelectAsync(nowMs, cancellationToken);
        if (rows.Count == 0)
        {
            return false;
        }

        var outcomes = await PublishAsync(rows, cancellationToken);
        return await SettleAsync(rows, outcomes, nowMs, cancellationToken);
    }

    /// <summary>Receipts came in: the rows go, their keys are free.</summary>
    public async Task ConfirmAsync(IReadOnlyList<string> messageIds, CancellationToken cancellationToken)
    {
        FaultPoint.Reach("relay.confirming");
        await database.WriteAsync(tx => Outbox.Confirm(tx, messageIds), Durability.Relaxed, cancellationToken);
        FaultPoint.Reach("relay.confirmed");
        telemetry.Confirmed(database.Name, messageIds.Count);
        if (_inFlight.Release(messageIds))
        {
            _wake.Set();
        }
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        database.OutboxCommitted += _wake.Set;
        return base.StartAsync(cancellationToken);
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        database.OutboxCommitted -= _wake.Set;
        return base.StopAsync(cancellationToken);
    }

    protected override Task WaitForWorkAsync(CancellationToken cancellationToken) =>
        _wake.WaitAsync(options.PollEvery, Clock, cancellationToken);

    protected override async Task FinishAsync(CancellationToken cancellationToken)
    {
        // Taken once more, to be given up: the stop may have come between a taking and our knowing of it, and the next relay would wait the lease out.
        _lease = null;
        await database.WriteAsync(
            tx =>
            {
                if (TryTake(tx, NowMs()) is { } lease)
                {
                    KeyLeases.Release(tx, lease);
                }
            },
            Durability.Relaxed,
            cancellationToken);
    }

    private KeyLease? TryTake(DatabaseTransaction transaction, long nowMs) =>
        KeyLeases.TryTake(transaction, $"relay:{database.Name}", _owner, nowMs, options.RelayLease);

    private async Task<bool> HoldLeaseAsync(CancellationToken cancellationToken)
    {
        var nowMs = NowMs();
        if (nowMs < _renewAtMs)
        {
            return _lease is not null;
        }

        var held = _lease;
        var lease = await database.WriteAsync(tx => TryTake(tx, nowMs), Durability.Relaxed, cancellationToken);
        if (lease is null)
        {
            // Somebody else relays; look again well before a dead one's lease would have lain idle for long.
            Lose();
            _renewAtMs = nowMs + (long)(options.RelayLease.TotalMilliseconds / 10);
            return false;
        }

        _renewAtMs = nowMs + (long)(options.RelayLease.TotalMilliseconds / 3);
        if (held is null || held.Fence != lease.Fence)
        {
            // What the holder before had in flight is unknown: all of it goes again, in order.
            _inFlight.Clear();
            FaultPoint.Reach("relay.owned");
            await SweepAsync(long.MaxValue, cancellationToken);
            LogTookOver(database.Name, lease.Fence);
        }

        _lease = lease;
        return true;
    }

    private async Task SweepWhenDueAsync(CancellationToken cancellationToken)
    {
        var nowMs = NowMs();
        if (nowMs >= _sweepAtMs)
        {
            _sweepAtMs = nowMs + (long)(options.SweepAfter.TotalMilliseconds / 4);
            await SweepAsync(nowMs - (long)options.SweepAfter.TotalMilliseconds, cancellationToken);
        }
    }

    private async Task SweepAsync(long publishedBeforeMs, CancellationToken cancellationToken)
    {
        int swept;
        var total = 0;
        do
        {
            swept = await database.WriteAsync(tx => Outbox.Sweep(tx, publishedBeforeMs, SweepPage), Durability.Relaxed, cancellationToken);
            total += swept;
        }
        while (swept == SweepPage);

        _inFlight.ReleaseBefore(publishedBeforeMs);
        if (total > 0)
        {
            telemetry.Swept(database.Name, total);
            LogSwept(database.Name, total);
        }
    }

    /// <summary>What may go now, stream by stream: a full one holds no other up.</summary>
    private async Task<List<OutboxRow>> SelectAsync(long nowMs, CancellationToken cancellationToken)
    {
        var selected = new List<OutboxRow>();
        foreach (var stream in WorkStreams.All)
        {
            if (_fullUntilMs.GetValueOrDefault(stream) <= nowMs)
            {
                selected.AddRange(await SelectAsync(stream, nowMs, cancellationToken));
            }
        }

        return selected;
    }

    private async Task<List<OutboxRow>> SelectAsync(string stream, long nowMs, CancellationToken cancellationToken)
    {
        for (var page = options.BatchSize + _inFlight.Count; ; page *= 4)
        {
            var limit = Math.Min(page, LargestPage);
            var rows = await database.ReadAsync(reader => Outbox.Unpublished(reader, stream, limit), cancellationToken);
            var selected = _inFlight.Take(rows, options.BatchSize, writer.KeepsKeysTogether, nowMs);
            if (selected.Count > 0 || rows.Count < limit || limit == LargestPage)
            {
                return selected;
            }
        }
    }

    private async Task<IReadOnlyList<PublishOutcome>> PublishAsync(List<OutboxRow> rows, CancellationToken cancellationToken)
    {
        try
        {
            FaultPoint.Reach("relay.publishing");
            var outcomes = await writer.PublishAsync(rows.ConvertAll(row => row.Message), cancellationToken);
            FaultPoint.Reach("relay.published");
            return outcomes;
        }
        catch
        {
            // Whatever of it went out is unpublished in the database and goes again.
            _inFlight.Release(rows.Select(row => row.Message.Id));
            throw;
        }
    }

    private async Task<bool> SettleAsync(List<OutboxRow> rows, IReadOnlyList<PublishOutcome> outcomes, long nowMs, CancellationToken cancellationToken)
    {
        var published = new List<long>();
        var confirmed = new List<string>();
        for (var i = 0; i < rows.Count; i++)
        {
            switch (outcomes[i])
            {
                case PublishOutcome.Published:
                    published.Add(rows[i].Seq);
                    break;
                case PublishOutcome.Confirmed:
                    confirmed.Add(rows[i].Message.Id);
                    break;
                case PublishOutcome.Full:
                    _fullUntilMs[rows[i].Message.Stream] = nowMs + (long)options.PollEvery.TotalMilliseconds;
                    _inFlight.Release([rows[i].Message.Id]);
                    break;
                default:
                    _inFlight.Postpone(rows[i].Message, nowMs + (long)options.RetryAfter.TotalMilliseconds);
                    break;
            }
        }

        if (published.Count > 0)
        {
            await MarkPublishedAsync(published, nowMs, cancellationToken);
        }

        if (confirmed.Count > 0)
        {
            await ConfirmAsync(confirmed, cancellationToken);
        }

        CountOutcomes(rows, outcomes);
        return published.Count + confirmed.Count > 0;
    }

    private async Task MarkPublishedAsync(List<long> published, long nowMs, CancellationToken cancellationToken)
    {
        var lease = _lease ?? throw new FencedException($"relay:{database.Name}");
        try
        {
            await database.WriteAsync(
                tx =>
                {
                    KeyLeases.Verify(tx, lease);
                    Outbox.MarkPublished(tx, published, nowMs);
                    FaultPoint.Reach("relay.marking");
                },
                Durability.Relaxed,
                cancellationToken);
            FaultPoint.Reach("relay.marked");
        }
        catch (FencedException)
        {
            Lose();
            throw;
        }
    }

    private void Lose()
    {
        if (_lease is not null)
        {
            _lease = null;
            _inFlight.Clear();
            LogLost(database.Name);
        }
    }

    private void CountOutcomes(List<OutboxRow> rows, IReadOnlyList<PublishOutcome> outcomes)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            if (outcomes[i] is PublishOutcome.Published or PublishOutcome.Confirmed)
            {
                telemetry.Published(rows[i].Message.Stream, 1);
            }
        }
    }

    private long NowMs() => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(Level = LogLevel.Information, Message = "Relaying the outbox of {Database} (fence {Fence}).")]
    private partial void LogTookOver(string database, long fence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Another process took over the outbox of {Database}.")]
    private partial void LogLost(string database);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Database}: {Rows} unconfirmed messages will be sent again.")]
    private partial void LogSwept(string database, int rows);
}

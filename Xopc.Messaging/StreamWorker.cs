using Microsoft.Extensions.Logging;
using Xopc.Contracts;
using Xopc.Contracts.Messages;

namespace Xopc.Messaging;

/// <summary>
/// Receives one work stream into a database: accept (durable), receipt, acknowledge. An entry whose key is full, or whose acceptance failed, stays in hand
/// (unacknowledged, on this consumer's pending list) and is tried again later; other keys pass it. Beyond the hand's bound an entry is acknowledged
/// without a receipt: it is still in its sender's outbox, whose sweep sends it again.
/// </summary>
internal sealed partial class StreamWorker(
    IStreamReader reader, IntakeAcceptor acceptor, IStreamWriter receipts, MessagingOptions options, MessagingTelemetry telemetry, TimeProvider clock,
    ILogger<StreamWorker> logger) : DrainWorker(clock, logger)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private readonly ILogger<StreamWorker> _logger = logger;
    private readonly Dictionary<string, InHand> _inHand = new(StringComparer.Ordinal); // by message id

    public override string Name => $"intake {acceptor.Stream}";

    internal int InHandCount => _inHand.Count;

    public override async Task<bool> DrainOnceAsync(CancellationToken cancellationToken)
    {
        var now = Clock.GetTimestamp();
        var fresh = await reader.ReadAsync(options.BatchSize, cancellationToken);
        var repeated = new List<string>();
        foreach (var envelope in fresh)
        {
            if (_inHand.TryAdd(envelope.Message.Id, new InHand(envelope, now)))
            {
                continue;
            }

            // The same entry read again is the one in hand; another entry with its message is the sender's sweep asking.
            if (_inHand[envelope.Message.Id].Envelope.EntryId != envelope.EntryId)
            {
                repeated.Add(envelope.EntryId);
            }
        }

        var due = _inHand.Values.Where(held => held.DueAt <= now).OrderBy(held => held.Order).Select(held => held.Envelope).ToList();
        if (due.Count > 0)
        {
            FaultPoint.Reach("stream.read");
            await AcceptAsync(due, repeated, cancellationToken);
        }

        await AckAsync(repeated, cancellationToken);
        if (repeated.Count > 0)
        {
            FaultPoint.Reach("stream.acknowledged");
        }

        return fresh.Count > 0;
    }

    protected override async Task WaitForWorkAsync(CancellationToken cancellationToken)
    {
        var wait = LongestWait;
        if (_inHand.Count > 0)
        {
            var untilDue = Clock.GetElapsedTime(Clock.GetTimestamp(), _inHand.Values.Min(held => held.DueAt));
            wait = untilDue < wait ? untilDue : wait;
        }

        if (wait > TimeSpan.Zero)
        {
            await reader.WaitAsync(wait, cancellationToken);
        }
    }

    protected override async Task FinishAsync(CancellationToken cancellationToken) => await reader.DisposeAsync();

    private async Task AcceptAsync(List<Envelope> due, List<string> doneWith, CancellationToken cancellationToken)
    {
        // An exception leaves all of them in hand and due: nobody else would bring them before the claim timer.
        var outcomes = await acceptor.AcceptAsync(due.ConvertAll(envelope => envelope.Message), cancellationToken);
        var confirmed = new List<StreamMessage>(due.Count);
        var retryAt = Clock.GetTimestamp() + (long)(options.RetryAfter.TotalSeconds * Clock.TimestampFrequency);
        for (var i = 0; i < due.Count; i++)
        {
            if (outcomes[i] is not (IntakeOutcome.KeyFull or IntakeOutcome.Failed))
            {
                confirmed.Add(due[i].Message);
                doneWith.Add(due[i].EntryId);
                _inHand.Remove(due[i].Message.Id);
            }
            else if (_inHand.Count <= options.ParkedCapacity)
            {
                _inHand[due[i].Message.Id].DueAt = retryAt;
            }
            else
            {
                doneWith.Add(due[i].EntryId);
                _inHand.Remove(due[i].Message.Id);
            }
        }

        // Receipts before acknowledgements: a death between the two brings the entry again, is a duplicate, and sends the receipt again at once.
        FaultPoint.Reach("stream.accepted");
        await SendReceiptsAsync(confirmed, cancellationToken);
        FaultPoint.Reach("stream.receipted");
    }

    private async Task SendReceiptsAsync(List<StreamMessage> confirmed, CancellationToken cancellationToken)
    {
        if (confirmed.Count == 0)
        {
            return;
        }

        var batch = confirmed
            .GroupBy(message => message.Sender, message => message.Id, StringComparer.Ordinal)
            .Select(group => Receipts.For(group.Key, acceptor.DatabaseName, group.ToList()))
            .ToList();
        try
        {
            var outcomes = await receipts.PublishAsync(batch, cancellationToken);
            var dropped = outcomes.Count(outcome => outcome != PublishOutcome.Published);
            if (dropped > 0)
            {
                telemetry.ReceiptsDropped(dropped);
            }
        }
        catch (Exception ex) when (ex is not OperationCanceledException)
        {
            // The messages are accepted; their senders ask again after the sweep interval.
            telemetry.ReceiptsDropped(batch.Count);
            LogReceiptsUnsent(acceptor.Stream, confirmed.Count, ex);
        }
    }

    private async ValueTask AckAsync(List<string> entryIds, CancellationToken cancellationToken)
    {
        if (entryIds.Count > 0)
        {
            await reader.AckAsync(entryIds, cancellationToken);
        }
    }

    private sealed class InHand(Envelope envelope, long dueAt)
    {
        private static long _last;

        public Envelope Envelope { get; } = envelope;

        public long Order { get; } = Interlocked.Increment(ref _last);

        public long DueAt { get; set; } = dueAt;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Stream}: receipts for {Messages} messages were not sent; their senders will ask again.")]
    private partial void LogReceiptsUnsent(string stream, int messages, Exception exception);
}

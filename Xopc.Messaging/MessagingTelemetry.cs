using System.Diagnostics;
using System.Diagnostics.Metrics;
using Xopc.Contracts.Messages;

namespace Xopc.Messaging;

/// <summary>The meter and the activity source of messaging, both called <c>Xopc.Messaging</c>.</summary>
internal sealed class MessagingTelemetry
{
    internal const string SourceName = "Xopc.Messaging";

    private static readonly ActivitySource Source = new(SourceName);

    private readonly Counter<long> _published;
    private readonly Counter<long> _confirmed;
    private readonly Counter<long> _swept;
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _streamFull;
    private readonly Counter<long> _malformed;
    private readonly Counter<long> _receiptsDropped;
    private readonly Counter<long> _events;
    private readonly Counter<long> _control;
    private readonly Counter<long> _runUpdatesRefused;
    private readonly Counter<long> _runsEvicted;

    public MessagingTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(SourceName);
        _published = meter.CreateCounter<long>("xopc.messaging.published", "{message}", "Outbox rows put on a stream.");
        _confirmed = meter.CreateCounter<long>("xopc.messaging.confirmed", "{message}", "Outbox rows whose receiver has them.");
        _swept = meter.CreateCounter<long>("xopc.messaging.swept", "{message}", "Unconfirmed outbox rows made publishable again.");
        _accepted = meter.CreateCounter<long>("xopc.messaging.received", "{message}", "Messages offered to an inbox, by outcome.");
        _streamFull = meter.CreateCounter<long>("xopc.messaging.stream.full", "{time}", "Times a relay met a full stream and waited.");
        _malformed = meter.CreateCounter<long>("xopc.messaging.malformed", "{entry}", "Stream entries that are no message.");
        _receiptsDropped = meter.CreateCounter<long>("xopc.messaging.receipts.dropped", "{receipt}", "Receipts not sent; the sender's sweep asks again.");
        _events = meter.CreateCounter<long>("xopc.messaging.events", "{event}", "Events, by outcome: published or dropped.");
        _control = meter.CreateCounter<long>("xopc.messaging.control", "{message}", "Control messages, by outcome: sent, received or unsent.");
        _runUpdatesRefused = meter.CreateCounter<long>("xopc.messaging.run_updates.refused", "{update}", "Run updates that came after the end or out of order.");
        _runsEvicted = meter.CreateCounter<long>("xopc.messaging.runs.evicted", "{run}", "Runs that left memory, by reason: age, bounds or abandoned.");
    }

    public static Activity? StartReceive(StreamMessage message)
    {
        if (!ActivityContext.TryParse(message.TraceParent, null, isRemote: true, out var parent))
        {
            parent = default;
        }

        var activity = Source.StartActivity($"receive {message.Stream}", ActivityKind.Consumer, parent);
        activity?.SetTag("messaging.destination.name", message.Stream);
        activity?.SetTag("messaging.message.id", message.Id);
        return activity;
    }

    public void Published(string stream, int count) => _published.Add(count, Stream(stream));

    public void Confirmed(string database, int count) => _confirmed.Add(count, new KeyValuePair<string, object?>("database", database));

    public void Swept(string database, int count) => _swept.Add(count, new KeyValuePair<string, object?>("database", database));

    public void Received(string stream, IntakeOutcome outcome) => _accepted.Add(1, Stream(stream), Outcome(Word(outcome)));

    public void StreamFull(string stream) => _streamFull.Add(1, Stream(stream));

    public void Malformed(string stream) => _malformed.Add(1, Stream(stream));

    public void ReceiptsDropped(int count) => _receiptsDropped.Add(count);

    public void EventPublished(int count) => _events.Add(count, Outcome("published"));

    public void EventDropped() => _events.Add(1, Outcome("dropped"));

    public void Control(string outcome) => _control.Add(1, Outcome(outcome));

    public void RunUpdateRefused() => _runUpdatesRefused.Add(1);

    public void RunEvicted(string reason) => _runsEvicted.Add(1, new KeyValuePair<string, object?>("reason", reason));

    private static KeyValuePair<string, object?> Stream(string stream) => new("stream", stream);

    private static KeyValuePair<string, object?> Outcome(string outcome) => new("outcome", outcome);

    private static string Word(IntakeOutcome outcome) => outcome switch
    {
        IntakeOutcome.Accepted => "accepted",
        IntakeOutcome.Duplicate => "duplicate",
        IntakeOutcome.KeyFull => "key_full",
        IntakeOutcome.Failed => "failed",
        _ => "buried",
    };
}

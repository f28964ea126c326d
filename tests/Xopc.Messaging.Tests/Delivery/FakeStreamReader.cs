using Xopc.Contracts.Messages;

namespace Xopc.Messaging.Tests.Delivery;

/// <summary>Entries as a test wants them; tells what was acknowledged.</summary>
internal sealed class FakeStreamReader : IStreamReader
{
    private readonly Queue<Envelope> _entries = [];
    private int _next;

    public List<string> Acked { get; } = [];

    public Exception? AckFails { get; set; }

    public string Add(StreamMessage message)
    {
        var entryId = $"{++_next}-0";
        _entries.Enqueue(new Envelope(entryId, message));
        return entryId;
    }

    public void Redeliver(string entryId, StreamMessage message) => _entries.Enqueue(new Envelope(entryId, message));

    public ValueTask<IReadOnlyList<Envelope>> ReadAsync(int max, CancellationToken cancellationToken)
    {
        var read = new List<Envelope>();
        while (read.Count < max && _entries.TryDequeue(out var entry))
        {
            read.Add(entry);
        }

        return new ValueTask<IReadOnlyList<Envelope>>(read);
    }

    public ValueTask WaitAsync(TimeSpan timeout, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask AckAsync(IReadOnlyList<string> entryIds, CancellationToken cancellationToken)
    {
        if (AckFails is { } failure)
        {
            AckFails = null;
            throw failure;
        }

        Acked.AddRange(entryIds);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Xopc.Storage;

/// <summary>Meter <c>Xopc.Storage</c>; every instrument carries <c>database</c>.</summary>
internal sealed class StorageMetrics : IDisposable
{
    public const string MeterName = "Xopc.Storage";

    private readonly Meter _meter;
    private readonly Histogram<int> _groupSize;
    private readonly Histogram<double> _commitDuration;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _removed;
    private readonly ConcurrentDictionary<string, Func<int>> _queues = new();

    public StorageMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _groupSize = _meter.CreateHistogram<int>("xopc.storage.group.size", "{write}", "Writes per commit.");
        _commitDuration = _meter.CreateHistogram<double>("xopc.storage.commit.duration", "s", "From the begin of a transaction to the end of its sync.");
        _failures = _meter.CreateCounter<long>("xopc.storage.failures", "{failure}", "Failed commits, reads and probes, by kind.");
        _removed = _meter.CreateCounter<long>("xopc.storage.removed", "{row}", "Rows removed by retention, by rule.");
        _meter.CreateObservableGauge("xopc.storage.queue.length", Lengths, "{write}", "Writes waiting for the writer.");
    }

    public void Committed(string database, int writes, TimeSpan duration)
    {
        var tag = new KeyValuePair<string, object?>("database", database);
        _groupSize.Record(writes, tag);
        _commitDuration.Record(duration.TotalSeconds, tag);
    }

    public void Failed(string database, string kind) => _failures.Add(1, new("database", database), new("kind", kind));

    public void Removed(string database, string rule, int rows) => _removed.Add(rows, new("database", database), new("rule", rule));

    public void Watch(string database, Func<int> length) => _queues[database] = length;

    public void Unwatch(string database) => _queues.TryRemove(database, out _);

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<int>> Lengths() =>
        _queues.Select(static queue => new Measurement<int>(queue.Value(), new KeyValuePair<string, object?>("database", queue.Key)));
}

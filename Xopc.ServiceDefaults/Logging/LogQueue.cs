using System.Diagnostics.Metrics;
using Serilog.Events;

namespace Xopc.ServiceDefaults.Logging;

/// <summary>
/// Takes lines without ever blocking the caller and writes them from a thread of its own. When full, new lines are dropped and counted
/// (<c>xopc.log.dropped</c>), and the next line that fits is preceded by one that says how many. One queue per output: a terminal that is held
/// with Ctrl+S must not stop the file.
/// </summary>
internal sealed class LogQueue : IDisposable
{
    private const int Batch = 256;
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);
    private static readonly Meter Meter = new("Xopc.Logging");
    private static readonly Counter<long> DroppedLines = Meter.CreateCounter<long>("xopc.log.dropped", "{line}", "Log lines dropped because an output was slower than the log");

    private readonly Queue<LogLine> _lines = new();
    private readonly object _gate = new(); // a monitor, not a Lock: the writer waits on it
    private readonly ILogOutput _output;
    private readonly TimeProvider _clock;
    private readonly int _capacity;
    private readonly Thread _writer;
    private long _dropped;
    private bool _closed;
    private bool _busy;

    public LogQueue(ILogOutput output, TimeProvider clock, int capacity = 8192)
    {
        (_output, _clock, _capacity) = (output, clock, capacity);
        _writer = new Thread(WriteUntilClosed) { IsBackground = true, Name = "log writer" };
        _writer.Start();
    }

    public void Add(LogLine line)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            if (_lines.Count >= _capacity)
            {
                _dropped++;
                DroppedLines.Add(1);
                return;
            }

            _lines.Enqueue(line);
            if (!_busy)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Writes what is queued, for at most two seconds, and closes the output.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            Monitor.PulseAll(_gate);
        }

        if (_writer.Join(DrainTime))
        {
            _output.Dispose();
        }
    }

    private void WriteUntilClosed()
    {
        var batch = new List<LogLine>(Batch);
        while (Take(batch))
        {
            try
            {
                _output.Write(batch);
            }
            catch (Exception)
            {
                // Outputs report their own failures; one that throws all the same costs this batch, not the thread.
                DroppedLines.Add(batch.Count);
            }

            batch.Clear();
        }
    }

    private bool Take(List<LogLine> batch)
    {
        lock (_gate)
        {
            _busy = false;
            while (_lines.Count == 0)
            {
                if (_closed)
                {
                    return false;
                }

                Monitor.Wait(_gate);
            }

            _busy = true;
            if (_dropped > 0)
            {
                batch.Add(new LogLine(_clock.GetUtcNow(), LogEventLevel.Warning, "Xopc.Logging", $"{_dropped} log lines were dropped: the queue of this output was full", "LinesDropped", null, null, [], null));
                _dropped = 0;
            }

            while (batch.Count < Batch && _lines.TryDequeue(out var line))
            {
                batch.Add(line);
            }

            return true;
        }
    }
}

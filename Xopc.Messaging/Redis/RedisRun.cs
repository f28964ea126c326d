using Xopc.Contracts.Runs;
using Xopc.Messaging.Runs;

namespace Xopc.Messaging.Redis;

/// <summary>A run this process writes: appended in memory for its own watchers, and marked for the flush to Redis for the others'.</summary>
internal sealed class RedisRun(LocalRunLog log, RunBuffer buffer, int opening, RunFlushWorker flush) : IRunLogWriter
{
    private RunWatcher _flushed = new(null);
    private int _dirty;

    public RunBuffer Buffer { get; } = buffer;

    /// <summary>How far Redis has it.</summary>
    public RunWatcher Flushed => _flushed;

    public void Append(RunUpdate update)
    {
        Buffer.Append(update);
        MarkDirty();
    }

    /// <summary>What Redis has stays: the attempt that follows writes on below it.</summary>
    public void Abandon() => log.Abandon(Buffer, opening);

    public void MarkDirty()
    {
        if (Interlocked.Exchange(ref _dirty, 1) == 0 && !flush.TryQueue(this))
        {
            Volatile.Write(ref _dirty, 0);
        }
    }

    /// <summary>To be called before looking at the buffer: what comes after marks it again.</summary>
    public void ClearDirty() => Interlocked.Exchange(ref _dirty, 0);

    /// <summary>Redis lost it: everything kept goes again.</summary>
    public void StartOver() => _flushed = new RunWatcher(null);
}

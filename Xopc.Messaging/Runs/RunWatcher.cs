using Xopc.Contracts.Runs;

namespace Xopc.Messaging.Runs;

/// <summary>One reader's place in a run. Its fields belong to the run's lock.</summary>
internal sealed class RunWatcher(RunUpdateId? after)
{
    public WakeSignal Wake { get; } = new();

    public RunUpdateId? After { get; } = after;

    /// <summary>Index of the next update since the run's beginning; -1 until the first batch found its place.</summary>
    public long Next { get; set; } = -1;
}

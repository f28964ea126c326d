using Xopc.Contracts.Runs;

namespace Xopc.Messaging.Runs;

/// <summary>One opening of a run in memory.</summary>
internal sealed class LocalRunWriter(LocalRunLog log, RunBuffer run, int opening) : IRunLogWriter
{
    public void Append(RunUpdate update) => run.Append(update);

    public void Abandon() => log.Abandon(run, opening);
}

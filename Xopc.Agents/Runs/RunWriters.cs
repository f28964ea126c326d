using Xopc.Messaging;

namespace Xopc.Agents.Runs;

/// <summary>Opens the writers of runs.</summary>
internal sealed class RunWriters(IRunLog runLog, IEventLog events, JournalBell bell)
{
    /// <param name="kept">What a repeated attempt begins with: the text that earlier ones left.</param>
    public RunWriter Open(ActiveRun run, bool showThinking, string kept = "")
    {
        var writer = new RunWriter(run, runLog.Open(run.RunId), events, bell, showThinking);
        if (run.Attempt > 1)
        {
            writer.Reset(kept, kept.Length == 0 ? "The gateway was restarted; the answer begins again." : "The gateway was restarted; this was kept.");
        }

        return writer;
    }
}

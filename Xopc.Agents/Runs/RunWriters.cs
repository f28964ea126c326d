using System.Text.Json;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
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

    /// <summary>The same for a run that asks a model; channels are told of an answer to somebody's message, so that they can show it while it grows.</summary>
    /// <param name="after">The delivery to the same place that channels may not have accepted yet, or null.</param>
    public RunWriter Begin(ActiveRun run, TurnRequested request, bool showThinking, string? after)
    {
        var writer = Open(run, showThinking);
        if (request is { ReplyTo: { } target, ReplyToMessageId: { } message })
        {
            var data = new RunStarted(run.Row.SessionKey, run.RunId, run.Row.TurnId, target, message, after);
            events.Publish(new EventMessage(RunStarted.Event, data.SessionKey, JsonSerializer.SerializeToUtf8Bytes(data, ContractsJson.Default.RunStarted)));
        }

        return writer;
    }
}

using Microsoft.Extensions.AI;
using Xopc.Agents.Models;
using Xopc.Agents.Runs;
using Xopc.Agents.Tools;
using Xopc.Agents.Transcripts;
using Xopc.Contracts;
using Xopc.Storage;

namespace Xopc.Agents.Turns;

/// <summary>
/// Runs one turn: model call, tools, model call, … until the model has said its last word. Writes updates as it goes and returns what is to be
/// committed; it commits nothing but the mark that a tool was started.
/// </summary>
internal sealed class TurnRunner(
    [FromKeyedServices(AgentsSchema.Database)] Database database, ModelRunner models, ToolSets toolSets, TimeProvider clock)
{
    private static readonly TimeSpan DefaultDuration = TimeSpan.FromMinutes(15);

    public async Task<TurnResult> RunAsync(ClaimedTurn claimed, ActiveRun run, RunWriter writer, TurnContext context, List<TranscriptMessage> produced)
    {
        var agent = context.Agent;
        var tools = toolSets.For(agent, context.Workspace);
        var history = context.Messages;
        var deadline = clock.GetUtcNow() + (agent.MaxTaskDurationMs is { } ms ? TimeSpan.FromMilliseconds(ms) : DefaultDuration);
        var limits = new TurnLimits(agent.MaxRequestsPerTurn ?? 50, agent.MaxToolIterations ?? 20, agent.MaxToolFailuresPerTurn ?? 3);
        string? model = null;
        var failures = 0;

        if (produced.Count == 0)
        {
            writer.Progress("thinking", "Thinking...");
            writer.MessageEnd();
        }
        else
        {
            await TakeSteersAsync(run, produced, history);
        }

        for (var requests = 1; ; requests++)
        {
            var request = new ModelRequest(
                context.Candidates, history, requests > limits.ToolIterations || failures >= limits.MaxToolFailures ? [] : tools.ForModel, context.Thinking, agent.MaxTokens, agent.Temperature, deadline);
            var draft = await AskAsync(request, run, writer);
            var answer = draft.ToMessage(clock.GetUtcNow(), claimed.Row.Id);
            model = answer.Model;
            produced.Add(answer);
            history.Add(WithThinking(TurnContexts.ToChatMessage(answer), draft));
            writer.MessageEnd();

            if (answer.ToolCalls is { Count: > 0 } calls)
            {
                FaultPoint.Reach("tool.marking");
                await MarkToolStartedAsync(claimed, run);
                FaultPoint.Reach("tool.starting");
                var first = produced.Count;
                await ToolRound.RunAsync(tools, calls, writer, claimed.Row.Id, produced, clock, run.Token);
                FaultPoint.Reach("tool.done");
                foreach (var message in produced[first..])
                {
                    failures += message.IsError == true ? 1 : 0;
                    history.Add(TurnContexts.ToChatMessage(message));
                    writer.MessageEnd();
                }
            }

            // After a last word the completion itself looks for words steered in meanwhile, and sends the run on.
            if (answer.ToolCalls is null || requests >= limits.Requests)
            {
                break;
            }

            await TakeSteersAsync(run, produced, history);
        }

        writer.Progress("idle", "Done");
        var reply = string.Concat(produced.Where(message => message.Role == "assistant").Select(message => message.Content));
        return reply.Length == 0
            ? new TurnResult(context.Request, new RunOutcome(RunStates.Error, "", $"{model} answered nothing."), produced, model, context.FirstName, Failure: TurnFailure.Empty)
            : new TurnResult(context.Request, new RunOutcome(RunStates.Ok, reply, null), produced, model, context.FirstName, Prolongable: true);
    }

    private async Task<AnswerDraft> AskAsync(ModelRequest request, ActiveRun run, RunWriter writer)
    {
        writer.ThinkingStarted();
        var draft = new AnswerDraft(run.TextLength);
        FaultPoint.Reach("model.asking");
        await foreach (var update in models.StreamAsync(request, run.Token))
        {
            switch (update)
            {
                case ModelEvent.Text text:
                    draft.Text.Append(text.Delta);
                    writer.Token(text.Delta);
                    FaultPoint.Reach("model.speaking");
                    break;
                case ModelEvent.Thinking thinking:
                    draft.Thinking.Append(thinking.Delta);
                    writer.Thinking(thinking.Delta);
                    break;
                case ModelEvent.ThinkingSignature signature:
                    draft.ThinkingSignature = signature.Signature;
                    break;
                case ModelEvent.ToolCall call:
                    draft.Calls.Add(new TranscriptToolCall(call.Id, call.Name, call.ArgumentsJson));
                    break;
                case ModelEvent.Usage usage:
                    draft.Usage = new TranscriptUsage(usage.Input, usage.Output, usage.CacheRead, usage.CacheWrite);
                    break;
                case ModelEvent.Restarted restarted:
                    run.Truncate(draft.Start);
                    writer.Reset(run.Text, restarted.Reason);
                    draft = new AnswerDraft(draft.Start);
                    break;
                case ModelEvent.Completed completed:
                    draft.Model = completed.Model.ToString();
                    draft.StopReason = completed.StopReason;
                    break;
            }
        }

        FaultPoint.Reach("model.answered");
        return draft;
    }

    // Signed thinking goes back as it came while the turn lasts; later turns have no use for it.
    private static ChatMessage WithThinking(ChatMessage message, AnswerDraft draft)
    {
        if (draft.ThinkingSignature is { } signature && draft.Calls.Count > 0)
        {
            message.Contents.Insert(0, new TextReasoningContent(draft.Thinking.ToString()) { ProtectedData = signature });
        }

        return message;
    }

    // Committed before a tool runs: after that the turn is never repeated by itself, not even after a power loss. Each later round asks again whether the
    // session is still this process's: one that slept through a takeover must not act.
    private async Task MarkToolStartedAsync(ClaimedTurn claimed, ActiveRun run)
    {
        await database.WriteAsync(
            tx =>
            {
                KeyLeases.Verify(tx, claimed.Lease);
                if (!run.ToolStarted)
                {
                    RunStore.MarkToolStarted(tx, run.RunId);
                }
            },
            run.ToolStarted ? Durability.Relaxed : Durability.Full,
            run.Token);
        run.ToolStarted = true;
    }

    private async Task TakeSteersAsync(ActiveRun run, List<TranscriptMessage> produced, List<ChatMessage> history)
    {
        foreach (var (seq, text) in await database.ReadAsync(reader => RunStore.SteersAfter(reader, run.RunId, run.SteersTaken), run.Token))
        {
            var message = new TranscriptMessage { Role = "user", Content = text, Timestamp = clock.GetUtcNow(), TurnId = run.Row.TurnId };
            produced.Add(message);
            history.Add(TurnContexts.ToChatMessage(message));
            run.SteersTaken = seq;
        }
    }
}

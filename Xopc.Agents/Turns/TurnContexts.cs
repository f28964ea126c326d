using Microsoft.Extensions.AI;
using Xopc.Agents.Models;
using Xopc.Agents.Sessions;
using Xopc.Agents.Transcripts;
using Xopc.Agents.Files;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Agents.Turns;

/// <summary>Everything a turn starts from.</summary>
/// <param name="Messages">System prompt, history that fits, and the user's message: the runner appends to it.</param>
/// <param name="History">The same without the system prompt, as the transcript has it.</param>
internal sealed record TurnContext(
    TurnRequested Request, AgentConfig Agent, IReadOnlyList<ModelRef> Candidates, string Thinking, bool ShowThinking, string Workspace,
    List<ChatMessage> Messages, IReadOnlyList<TranscriptMessage> History, string? FirstName);

/// <summary>Gathers the context of turns from the transcript and the configuration.</summary>
internal sealed class TurnContexts([FromKeyedServices(AgentsSchema.Database)] Database database, AgentWorkspaces workspaces, ConfigStore configuration, ModelRunner models,
    ModelCatalog catalog, RecentTranscripts recent, BlobFiles blobs, TimeProvider clock)
{
    // Enough for any real window; the token budget below usually bites first.
    private const int MaxHistoryMessages = 400;
    private const long HistoryTokens = 96_000;
    private const string Unasked = "(What follows you said here without being asked.)";

    public async Task<TurnContext> BuildAsync(ClaimedTurn claimed, TurnRequested request, CancellationToken cancellationToken)
    {
        var key = claimed.Run.SessionKey;
        await blobs.PlaceAsync(request, SessionKey.Parse(key, null), cancellationToken);
        var (session, kept, bodies) = await database.ReadAsync(reader => ReadHistory(reader, key, claimed.Run.TurnNo), cancellationToken);
        var (settings, name) = (session?.Settings ?? new SessionSettings(), session?.Name);
        var history = new List<TranscriptMessage>((kept?.Count ?? 0) + bodies.Count);
        history.AddRange(kept ?? []);
        history.AddRange(bodies.Select(TranscriptStore.Read));
        history = Trim(history);

        var agent = workspaces.Agent(SessionKey.Parse(key, null).AgentId);
        var workspace = workspaces.For(agent);
        var candidates = models.Candidates(request.Model ?? settings.Model, agent, configuration.Current.Agents.Defaults);
        var sees = catalog.SupportsImages(candidates[0]);
        var messages = new List<ChatMessage>(history.Count + 4) { new(ChatRole.System, SystemPrompt(agent, workspace)) };
        var images = sees ? InboundFiles.NewestImages(history, workspace) : [];
        if (history is [{ Role: "assistant" }, ..])
        {
            messages.Add(new ChatMessage(ChatRole.User, Unasked)); // some models take no conversation that they begin themselves
        }

        foreach (var message in history)
        {
            messages.Add(ToChatMessage(message, images));
        }

        var thinking = ThinkingLevels.Parse(request.Thinking) ?? ThinkingLevels.Parse(settings.ThinkingLevel)
            ?? ThinkingLevels.Parse(agent.ThinkingDefault) ?? ThinkingLevels.Default;
        var reasoning = settings.ReasoningLevel ?? agent.ReasoningDefault ?? "off";
        var firstName = name is null && configuration.Current.Session.AutoTitle != "off" && history is [.., var last] ? SessionTitle.FromText(last.Content) : null;
        return new TurnContext(request, agent, candidates, thinking, reasoning != "off", workspace, messages, history, firstName);
    }

    /// <summary>Whether a model that was asked for by name can be asked.</summary>
    public bool IsConfigured(string model) => ModelRef.TryParse(model, out var reference) && catalog.Current.IsConfigured(reference);

    /// <summary>Remembers what a turn had before it and wrote, for the session's next one.</summary>
    public void Keep(ClaimedTurn claimed, TurnContext context, TurnCompletion completion)
    {
        if (completion.Session is { Transcript: var version })
        {
            recent.Keep(claimed.Run.SessionKey, version, [.. context.History, .. completion.Written]);
        }
    }

    private (TurnSession? Session, IReadOnlyList<TranscriptMessage>? Kept, List<string> Bodies) ReadHistory(DatabaseReader reader, string key, long turnNo)
    {
        var session = SessionStore.ForTurn(reader, key, turnNo);
        var kept = session is null ? null : recent.Find(key, session.Before);
        return (session, kept, kept is null ? TranscriptStore.Tail(reader, key, turnNo, MaxHistoryMessages) : TranscriptStore.OfTurn(reader, key, turnNo));
    }

    /// <summary>Drops whole turns from the oldest until the rest fits; failed answers and what has no text are no context.</summary>
    internal static List<TranscriptMessage> Trim(List<TranscriptMessage> history)
    {
        history.RemoveAll(static message => message.Role == "assistant" && message.Content.Length == 0 && message.ToolCalls is null);
        var tokens = 0L;
        var start = history.Count;
        for (var i = history.Count - 1; i >= 0; i--)
        {
            tokens += history[i].EstimatedTokens;
            if ((tokens > HistoryTokens || history.Count - i > MaxHistoryMessages) && start < history.Count)
            {
                break;
            }

            // A turn begins with its user message: cutting anywhere else would part a tool call from its result. What no turn wrote stands alone.
            if (history[i].Role == "user" || history[i].DeliveryId is not null)
            {
                start = i;
            }
        }

        return start == 0 ? history : history.GetRange(start, history.Count - start);
    }

    internal static ChatMessage ToChatMessage(TranscriptMessage message, IReadOnlyDictionary<string, byte[]>? images = null)
    {
        switch (message.Role)
        {
            case "toolResult":
                return new ChatMessage(ChatRole.Tool, [new FunctionResultContent(message.ToolCallId ?? "", message.Content)]);
            case "assistant" when message.ToolCalls is { } calls:
                var contents = new List<AIContent>(calls.Count + 1);
                if (message.Content.Length > 0)
                {
                    contents.Add(new TextContent(message.Content));
                }

                contents.AddRange(calls.Select(call => ToolCallArguments.ToContent(call.Id, call.Name, call.Arguments)));
                return new ChatMessage(ChatRole.Assistant, contents);
            case "assistant":
                return new ChatMessage(ChatRole.Assistant, message.Content);
            case "system":
                return new ChatMessage(ChatRole.System, message.Content);
            default:
                return message.Attachments is { Count: > 0 } attachments
                    ? new ChatMessage(ChatRole.User, InboundFiles.Contents(message.Content, attachments, images ?? new Dictionary<string, byte[]>()))
                    : new ChatMessage(ChatRole.User, message.Content);
        }
    }

    private string SystemPrompt(AgentConfig agent, string workspace) =>
        agent.SystemPromptOverride
        ?? $"You are {agent.Name ?? agent.Id}, a personal assistant. Answer helpfully and briefly. Working directory: {workspace}. "
            + $"Today is {clock.GetUtcNow():yyyy-MM-dd} (UTC).";
}

using System.Globalization;
using Xopc.Agents.Files;
using Xopc.Agents.Models;
using Xopc.Agents.Runs;
using Xopc.Agents.Sessions;
using Xopc.Agents.Turns;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Agents.Commands;

/// <summary>
/// Carries out chat commands. Each is a step of the transaction that accepts its message, past every turn that waits or runs: its effect and its answer are
/// there together, once.
/// </summary>
internal sealed class SessionCommands(
    AgentWorkspaces agents, ModelRunner models, ModelCatalog catalog, SessionLanes lanes, IControlBroadcast control, SessionEvents events, Configuration.ConfigStore configuration)
{
    private const int ModelsShown = 40;

    private const string Help = """
        /stop: stop what is being answered
        /new: begin a new conversation; the old one is kept in the archive
        /status: model, size and state of this conversation
        /model [provider/model]: show or change the model of this conversation
        /think [off|minimal|low|medium|high|xhigh|adaptive]: show or change how much it thinks
        /help: this list
        """;

    /// <summary>The words that answer it. Unknown commands do not come here: channels send only those they know.</summary>
    public string CarryOut(DatabaseTransaction transaction, TurnRequested request, SessionKey key, string principalId, DateTimeOffset now) => request.Command switch
    {
        "stop" => Stop(transaction, key.Value),
        "new" => New(transaction, key, now),
        "status" => Status(transaction, key),
        "model" => Model(transaction, key, principalId, request.Text.Trim(), now),
        "think" => Think(transaction, key, principalId, request.Text.Trim(), now),
        "start" => "Hello. Write to me and I answer; /help shows what else there is.",
        _ => Help,
    };

    /// <summary>Ends what runs in a session, and what waits in it.</summary>
    public bool StopAll(DatabaseTransaction transaction, string key)
    {
        var open = RunStore.Open(transaction, key);
        foreach (var run in open)
        {
            // The flag first: a process that misses the broadcast, or takes the turn later, still sees it.
            RunStore.RequestAbort(transaction, run.RunId);
        }

        CancelAfterCommit(transaction, open);
        return open.Count > 0;
    }

    private string Stop(DatabaseTransaction transaction, string key) => StopAll(transaction, key) ? "Stopped." : "Nothing is running.";

    private string New(DatabaseTransaction transaction, SessionKey key, DateTimeOffset now)
    {
        var open = RunStore.Open(transaction, key.Value);
        RunStore.Detach(transaction, key.Value);
        var archived = SessionArchive.Move(transaction, key, now);
        CancelAfterCommit(transaction, open);
        if (archived is not null)
        {
            transaction.OnCommitted(() => events.Deleted(key.Value));
            transaction.OnCommitted(() => events.Created(archived.Value));
        }

        return "A new conversation begins here.";
    }

    private string Status(DatabaseTransaction transaction, SessionKey key)
    {
        var session = SessionStore.Find(transaction, key.Value, Principal.Operator);
        var settings = SessionStore.Settings(transaction, key.Value);
        var agent = agents.Agent(key.AgentId);
        var open = RunStore.Open(transaction, key.Value).Count;
        return string.Create(CultureInfo.InvariantCulture, $"""
            Agent: {agent.Id}
            Model: {Candidates(settings, agent)[0]}
            Thinking: {ThinkingLevels.Parse(settings.ThinkingLevel) ?? ThinkingLevels.Parse(agent.ThinkingDefault) ?? ThinkingLevels.Default}
            Messages: {session?.MessageCount ?? 0}, about {session?.EstimatedTokens ?? 0} tokens
            Now: {(open == 0 ? "idle" : open == 1 ? "answering" : $"answering, {open - 1} waiting")}
            """);
    }

    private string Model(DatabaseTransaction transaction, SessionKey key, string principalId, string name, DateTimeOffset now)
    {
        if (name.Length == 0)
        {
            var current = Candidates(SessionStore.Settings(transaction, key.Value), agents.Agent(key.AgentId))[0].ToString();
            var known = catalog.Current.Providers.Where(provider => provider.IsConfigured).SelectMany(provider => provider.Models.Select(model => $"{provider.Id}/{model.Id}")).ToList();
            return $"Model: {current}\n\n{string.Join('\n', known.Take(ModelsShown))}{(known.Count > ModelsShown ? $"\nand {known.Count - ModelsShown} more" : "")}\n\n/model provider/model changes it.";
        }

        if (!ModelRef.TryParse(name, out var model) || !catalog.Current.IsConfigured(model))
        {
            return $"There is no model {Shown(name)}, or its provider is not configured. /model shows what there is.";
        }

        Save(transaction, key, principalId, now, settings => settings with { Model = model.ToString() });
        return $"This conversation goes on with {model}.";
    }

    private string Think(DatabaseTransaction transaction, SessionKey key, string principalId, string level, DateTimeOffset now)
    {
        if (level.Length == 0)
        {
            var current = ThinkingLevels.Parse(SessionStore.Settings(transaction, key.Value).ThinkingLevel) ?? ThinkingLevels.Parse(agents.Agent(key.AgentId).ThinkingDefault) ?? ThinkingLevels.Default;
            return $"Thinking: {current}";
        }

        if (ThinkingLevels.Parse(level) is not { } parsed)
        {
            return "Thinking is one of off, minimal, low, medium, high, xhigh, adaptive.";
        }

        Save(transaction, key, principalId, now, settings => settings with { ThinkingLevel = parsed });
        return $"Thinking: {parsed}";
    }

    private static void Save(DatabaseTransaction transaction, SessionKey key, string principalId, DateTimeOffset now, Func<SessionSettings, SessionSettings> change)
    {
        SessionStore.Create(transaction, key, principalId, now.ToUnixTimeMilliseconds());
        SessionStore.SaveSettings(transaction, key.Value, change(SessionStore.Settings(transaction, key.Value)));
    }

    private IReadOnlyList<ModelRef> Candidates(SessionSettings settings, Configuration.AgentConfig agent) =>
        models.Candidates(settings.Model, agent, configuration.Current.Agents.Defaults);

    private void CancelAfterCommit(DatabaseTransaction transaction, IReadOnlyList<RunRow> runs)
    {
        foreach (var run in runs)
        {
            transaction.OnCommitted(() => lanes.AbortEverywhere(run.RunId, control));
        }
    }

    private static string Shown(string name) => name.Length <= 80 ? name : name[..80] + "…";
}

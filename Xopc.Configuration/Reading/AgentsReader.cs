using System.Collections.Immutable;
using System.Text.Json;

namespace Xopc.Configuration;

internal static class AgentsReader
{
    private const int MaxAgents = 500;

    public static AgentsConfig Read(ConfigSection section, Func<string, string?>? environment)
    {
        var defaults = Defaults(section.Section("defaults"), environment);
        var list = List(section, environment);
        var agents = new AgentsConfig { Defaults = defaults, List = list, Default = section.Text("default")?.Trim().ToLowerInvariant() };
        if (agents.Default is { } id && !section.IsUnresolved("default"))
        {
            CheckDefault(section, id, list);
        }

        section.WarnOfUnknown();
        return agents;
    }

    private static void CheckDefault(ConfigSection section, string id, ImmutableArray<AgentConfig> list)
    {
        if (!Ids.IsId(id))
        {
            section.Error("default", $"is {section.Shown("default")}", Ids.Rule);
        }
        else if (list.Length > 0 && list.FirstOrDefault(agent => agent.Id == id) is not { Enabled: true } found)
        {
            section.Error("default", $"is {section.Shown("default")}, which is no enabled agent of agents.list", $"Use one of: {Names(list)}.");
        }
    }

    internal static string Names(ImmutableArray<AgentConfig> list) =>
        string.Join(", ", list.Where(agent => agent.Enabled).Select(agent => agent.Id).Take(20).DefaultIfEmpty("(none is enabled)"));

    private static AgentConfig Defaults(ConfigSection section, Func<string, string?>? environment)
    {
        var written = Common(section, environment);
        var builtIn = AgentConfig.BuiltIn;
        var defaults = written with
        {
            MaxTokens = written.MaxTokens ?? builtIn.MaxTokens,
            Temperature = written.Temperature ?? builtIn.Temperature,
            MaxToolIterations = written.MaxToolIterations ?? builtIn.MaxToolIterations,
            MaxRequestsPerTurn = written.MaxRequestsPerTurn ?? builtIn.MaxRequestsPerTurn,
            MaxToolFailuresPerTurn = written.MaxToolFailuresPerTurn ?? builtIn.MaxToolFailuresPerTurn,
            ThinkingDefault = written.ThinkingDefault ?? builtIn.ThinkingDefault,
            ReasoningDefault = written.ReasoningDefault ?? builtIn.ReasoningDefault,
            VerboseDefault = written.VerboseDefault ?? builtIn.VerboseDefault,
            Compaction = Compaction(section.Section("compaction")),
            Pruning = Pruning(section.Section("pruning")),
        };
        section.WarnOfUnknown();
        return defaults;
    }

    private static ImmutableArray<AgentConfig> List(ConfigSection section, Func<string, string?>? environment)
    {
        var list = ImmutableArray.CreateBuilder<AgentConfig>();
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        string? defaultRow = null;
        foreach (var row in section.Rows("list", MaxAgents))
        {
            var agent = Row(row, environment);
            if (agent is null)
            {
                continue;
            }

            if (!seen.TryAdd(agent.Id, row.Path))
            {
                row.Error("id", $"is {row.Shown("id")}, as is {seen[agent.Id]}.id", "Give each agent an id of its own.");
            }

            if (agent.Default && defaultRow is not null)
            {
                row.Error("default", $"is true, as is {defaultRow}.default", "Keep one default agent.");
            }

            defaultRow = agent.Default ? defaultRow ?? row.Path : defaultRow;
            list.Add(agent);
        }

        return list.ToImmutable();
    }

    private static AgentConfig? Row(ConfigSection row, Func<string, string?>? environment)
    {
        var agent = Common(row, environment) with
        {
            Name = row.Text("name", 200),
            Description = row.Text("description", 4_000),
            Enabled = row.Flag("enabled", true),
            Default = row.Flag("default", false),
            Tools = Tools(row.Section("tools")),
            Skills = row.Has("skills") ? row.Texts("skills", 500) : null,
        };
        var id = row.Text("id")?.Trim().ToLowerInvariant();
        row.WarnOfUnknown();
        if (id is null)
        {
            if (!row.Has("id"))
            {
                row.Error("id", "is missing", Ids.Rule);
            }

            return null;
        }

        if (row.IsUnresolved("id") || (Ids.IsId(id) && !Ids.IsReserved(id)))
        {
            return agent with { Id = id };
        }

        row.Error("id", $"is {row.Shown("id")}", Ids.IsReserved(id) ? "Use another word: session keys give this one a meaning." : Ids.Rule);
        return null;
    }

    private static AgentConfig Common(ConfigSection section, Func<string, string?>? environment) => new()
    {
        Model = Model(section, "model"),
        ImageModel = Model(section, "imageModel"),
        ImageGenerationModel = Model(section, "imageGenerationModel"),
        SystemPromptOverride = section.Text("systemPromptOverride", 256 * 1024),
        Workspace = section.Text("workspace", 4096) is { } path ? environment is null ? path : StatePaths.ExpandHome(path, environment) : null,
        MaxTokens = section.OptionalInt("maxTokens", 1, 10_000_000),
        Temperature = section.OptionalNumber("temperature", 0, 2),
        MaxToolIterations = section.OptionalInt("maxToolIterations", 1, 1_000),
        MaxRequestsPerTurn = section.OptionalInt("maxRequestsPerTurn", 10, 200),
        MaxToolFailuresPerTurn = section.OptionalInt("maxToolFailuresPerTurn", 1, 20),
        MaxTaskDurationMs = section.OptionalInt("maxTaskDurationMs", 60_000, 14_400_000),
        MediaMaxMb = section.OptionalNumber("mediaMaxMb", 0.001, 10_000),
        ThinkingDefault = section.OptionalChoice("thinkingDefault", "off", "minimal", "low", "medium", "high", "xhigh", "adaptive"),
        ReasoningDefault = section.OptionalChoice("reasoningDefault", "off", "on", "stream"),
        VerboseDefault = section.OptionalChoice("verboseDefault", "off", "on", "full"),
    };

    // "provider/model", or {"primary": "…", "fallbacks": ["…"]}; an empty text is the same as absent.
    private static ModelChoice? Model(ConfigSection section, string key)
    {
        if (!section.TryGet(key, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return section.Text(key, 512)?.Trim() is { Length: > 0 } reference && Judge(section, key, reference) ? new ModelChoice(reference, []) : null;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            section.WrongType(section.PathOf(key), value, "\"provider/model\" or {\"primary\": …, \"fallbacks\": […]}");
            return null;
        }

        var choice = section.Section(key);
        var primary = choice.Text("primary", 512)?.Trim();
        var fallbacks = choice.Texts("fallbacks", 20, JudgeReference);
        choice.WarnOfUnknown();
        if (primary is { Length: > 0 })
        {
            return Judge(choice, "primary", primary) ? new ModelChoice(primary, fallbacks) : null;
        }

        return fallbacks.Length == 0 ? null : new ModelChoice(fallbacks[0], fallbacks.RemoveAt(0));
    }

    private static bool Judge(ConfigSection section, string key, string reference)
    {
        if (section.IsUnresolved(key) || JudgeReference(reference) is not { } rule)
        {
            return true;
        }

        section.Error(key, $"is {section.Shown(key)}", rule);
        return false;
    }

    private static string? JudgeReference(string reference)
    {
        var slash = reference.IndexOf('/');
        return slash > 0 && slash < reference.Length - 1 && !reference.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))
            ? null : "Use provider/model, for example openai/gpt-5.";
    }

    private static AgentToolsConfig Tools(ConfigSection section)
    {
        var tools = new AgentToolsConfig { Disable = section.Texts("disable", 500) };
        section.WarnOfUnknown();
        return tools;
    }

    private static CompactionConfig Compaction(ConfigSection section)
    {
        var builtIn = new CompactionConfig();
        var compaction = new CompactionConfig
        {
            Enabled = section.Flag("enabled", builtIn.Enabled),
            Mode = section.Choice("mode", builtIn.Mode, "default", "safeguard"),
            ReserveTokens = section.Int("reserveTokens", builtIn.ReserveTokens, 0, 10_000_000),
            TriggerThreshold = section.OptionalNumber("triggerThreshold", 0.5, 0.95) ?? builtIn.TriggerThreshold,
            MinMessagesBeforeCompact = section.Int("minMessagesBeforeCompact", builtIn.MinMessagesBeforeCompact, 1, 10_000),
            KeepRecentMessages = section.Int("keepRecentMessages", builtIn.KeepRecentMessages, 1, 10_000),
            EvictionWindow = section.OptionalNumber("evictionWindow", 0.1, 0.5) ?? builtIn.EvictionWindow,
            RetentionWindow = section.Int("retentionWindow", builtIn.RetentionWindow, 3, 20),
        };
        section.WarnOfUnknown();
        return compaction;
    }

    private static PruningConfig Pruning(ConfigSection section)
    {
        var builtIn = new PruningConfig();
        var pruning = new PruningConfig
        {
            Enabled = section.Flag("enabled", builtIn.Enabled),
            MaxToolResultChars = section.Int("maxToolResultChars", builtIn.MaxToolResultChars, 100, 10_000_000),
            HeadKeepRatio = section.OptionalNumber("headKeepRatio", 0, 1) ?? builtIn.HeadKeepRatio,
            TailKeepRatio = section.OptionalNumber("tailKeepRatio", 0, 1) ?? builtIn.TailKeepRatio,
        };
        if (pruning.HeadKeepRatio + pruning.TailKeepRatio > 1)
        {
            section.Error("headKeepRatio", "and tailKeepRatio add up to more than 1", "Lower one of them.");
        }

        section.WarnOfUnknown();
        return pruning;
    }
}

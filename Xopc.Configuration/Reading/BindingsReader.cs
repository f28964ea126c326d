using System.Collections.Immutable;

namespace Xopc.Configuration;

internal static class BindingsReader
{
    private const int MaxBindings = 1_000;

    public static ImmutableArray<BindingConfig> Read(ConfigSection root, AgentsConfig agents)
    {
        var bindings = ImmutableArray.CreateBuilder<BindingConfig>();
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in root.Rows("bindings", MaxBindings))
        {
            var id = row.Text("id", 128)?.Trim();
            var priority = row.Int("priority", 100, -1_000_000, 1_000_000);
            var enabled = row.Flag("enabled", true);
            var agentId = AgentId(row, agents, enabled);
            var match = Match(row);
            row.WarnOfUnknown();
            if (id is not null && !seen.TryAdd(id, row.Path))
            {
                row.Error("id", $"is {row.Shown("id")}, as is {seen[id]}.id", "Give each binding an id of its own, or none.");
            }

            if (agentId is not null && match is not null)
            {
                bindings.Add(new BindingConfig(agentId, match, id, priority, enabled));
            }
        }

        return bindings.ToImmutable();
    }

    private static string? AgentId(ConfigSection row, AgentsConfig agents, bool enabled)
    {
        if (row.Text("agentId")?.Trim().ToLowerInvariant() is not { Length: > 0 } agentId)
        {
            if (!row.Has("agentId"))
            {
                row.Error("agentId", "is missing", "Name the agent that takes these messages.");
            }

            return null;
        }

        if (row.IsUnresolved("agentId"))
        {
            return agentId;
        }

        if (!Ids.IsId(agentId) || Ids.IsReserved(agentId))
        {
            row.Error("agentId", $"is {row.Shown("agentId")}", Ids.Rule);
            return null;
        }

        if (agents.List.Length > 0 && enabled && agents.List.FirstOrDefault(agent => agent.Id == agentId) is var found && found is not { Enabled: true })
        {
            if (found is null)
            {
                row.Error("agentId", $"is {row.Shown("agentId")}, which is not in agents.list", $"Use one of: {AgentsReader.Names(agents.List)}; or add the agent.");
            }
            else
            {
                row.Context.Warn(row.PathOf("agentId"), $"is {row.Shown("agentId")}, which is disabled", "The default agent answers instead; enable the agent or disable the binding.");
            }
        }

        return agentId;
    }

    private static BindingMatch? Match(ConfigSection row)
    {
        if (!row.Has("match"))
        {
            row.Error("match", "is missing", "Say at least the channel: {\"channel\": \"telegram\"}.");
            return null;
        }

        var match = row.Section("match");
        var channel = match.Text("channel", 64)?.Trim();
        if (channel is not { Length: > 0 })
        {
            if (match.IsPresent && !match.Has("channel"))
            {
                match.Error("channel", "is missing", "Name the channel, for example telegram.");
            }
        }
        else if (!match.IsUnresolved("channel") && !Ids.IsId(channel))
        {
            match.Error("channel", $"is {match.Shown("channel")}", "Name one channel; wildcards work in accountId and peerId only.");
        }

        var result = new BindingMatch(
            channel ?? "",
            match.TextOrNumber("accountId")?.Trim(),
            match.OptionalChoice("peerKind", "dm", "direct", "group", "channel", "thread"),
            match.TextOrNumber("peerId")?.Trim(),
            match.TextOrNumber("guildId")?.Trim(),
            match.TextOrNumber("teamId")?.Trim())
        {
            MemberRoleIds = match.Texts("memberRoleIds", 200),
        };
        match.WarnOfUnknown();
        return channel is { Length: > 0 } ? result : null;
    }
}

using System.Collections.Immutable;

namespace Xopc.Configuration;

internal static class SessionReader
{
    private const int MaxLinks = 10_000;
    private const int MaxAliases = 100;

    public static SessionConfig Read(ConfigSection section)
    {
        var storage = section.Section("storage");
        var session = new SessionConfig
        {
            DmScope = section.Choice("dmScope", "main", "main", "per-peer", "per-channel-peer", "per-account-channel-peer"),
            IdentityLinks = IdentityLinks(section.Section("identityLinks")),
            QueueCapacity = section.Int("queueCapacity", 100, 1, 10_000),
            AutoTitle = section.Choice("autoTitle", "model", "model", "first-line", "off"),
            Storage = new SessionStorageConfig
            {
                PruneAfterMs = storage.OptionalLong("pruneAfterMs", 60_000, 315_360_000_000),
                MaxEntries = storage.OptionalInt("maxEntries", 1, 10_000_000),
            },
        };
        storage.WarnOfUnknown();
        section.WarnOfUnknown();
        return session;
    }

    private static string Shown(ConfigSection section, string name, string alias) =>
        section.Context.References.Keys.Any(path => path.StartsWith(section.PathOf(name) + "[", StringComparison.Ordinal)) ? "one alias" : $"\"{ReadContext.PrintableValue(alias)}\"";

    private static ImmutableDictionary<string, ImmutableArray<string>> IdentityLinks(ConfigSection section)
    {
        var links = ImmutableDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        var owners = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in section.Members(MaxLinks))
        {
            var canonical = name.Trim();
            if (canonical.Length is 0 or > 64)
            {
                section.Error(name, "is not a name", "Use 1 to 64 characters.");
                continue;
            }

            var aliases = section.Texts(value, section.PathOf(name), MaxAliases);
            foreach (var alias in aliases)
            {
                // Which of two people somebody is must not depend on the order of a file.
                if (!owners.TryAdd(alias, canonical) && owners[alias] != canonical)
                {
                    section.Error(
                        name, $"and {ReadContext.PrintableValue(owners[alias])} both claim {Shown(section, name, alias)}", "Leave it with one of them: the two would read each other's conversation.");
                }
            }

            links[canonical] = links.TryGetValue(canonical, out var earlier) ? earlier.AddRange(aliases) : aliases;
        }

        return links.ToImmutable();
    }
}

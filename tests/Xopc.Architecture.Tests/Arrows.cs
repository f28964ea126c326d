namespace Xopc.Architecture.Tests;

/// <summary>The table of architecture section 1: what each project may reference. A project without a row is a violation of its own.</summary>
internal static class Arrows
{
    private static readonly string[] Foundations =
        ["Xopc.Contracts", "Xopc.Configuration", "Xopc.Storage", "Xopc.Messaging", "Xopc.ServiceDefaults"];

    private static readonly string[] Modules = ["Xopc.Agents", "Xopc.Channels", "Xopc.Scheduler", "Xopc.Gateway"];

    public static IReadOnlyDictionary<string, string[]> Allowed { get; } = new Dictionary<string, string[]>
    {
        ["Xopc.Contracts"] = [],
        ["Xopc.Configuration"] = ["Xopc.Contracts"],
        ["Xopc.Storage"] = ["Xopc.Contracts"],
        ["Xopc.Messaging"] = ["Xopc.Contracts", "Xopc.Storage"],
        ["Xopc.ServiceDefaults"] = ["Xopc.Contracts", "Xopc.Configuration"],
        ["Xopc.Agents"] = Foundations,
        ["Xopc.Channels"] = Foundations,
        ["Xopc.Scheduler"] = Foundations,
        ["Xopc.Gateway"] = Foundations,
        ["Xopc.Cli"] = [.. Foundations, .. Modules],
        ["Xopc.AppHost"] = Modules,
    };

    /// <summary>What a project references against the table, one line each.</summary>
    public static IEnumerable<string> Violations(string project, IEnumerable<string> references)
    {
        if (!Allowed.TryGetValue(project, out var allowed))
        {
            yield return $"{project} has no row in the table of architecture section 1";
            yield break;
        }

        foreach (var reference in references.Where(reference => !allowed.Contains(reference)))
        {
            yield return Modules.Contains(project) && Modules.Contains(reference)
                ? $"{project} references {reference}: services meet on a stream or over HTTP"
                : $"{project} may not reference {reference}";
        }
    }
}

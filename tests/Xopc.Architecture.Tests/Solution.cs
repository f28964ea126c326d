using System.Text.RegularExpressions;

namespace Xopc.Architecture.Tests;

/// <summary>The rules for Xopc.sln: everything is in it, and what needs the Aspire packages is built by the configuration Aspire only.</summary>
internal static partial class Solution
{
    private static readonly string[] NeedAspire = ["Xopc.AppHost", "Xopc.AppHost.Tests"];

    /// <param name="solution">Text of the file.</param>
    /// <param name="projects">Names of the projects on disk.</param>
    public static IEnumerable<string> Violations(string solution, IEnumerable<string> projects)
    {
        var listed = ProjectLines().Matches(solution)
            .Where(line => line.Groups["path"].Value.EndsWith(".csproj", StringComparison.Ordinal))
            .ToDictionary(line => line.Groups["name"].Value, line => line.Groups["id"].Value);
        foreach (var project in projects.Where(project => !listed.ContainsKey(project)))
        {
            yield return $"{project} is not in Xopc.sln";
        }

        foreach (var (project, id) in listed)
        {
            foreach (var complaint in NeedAspire.Contains(project) ? AspireOnly(solution, project, id) : Everywhere(solution, project, id))
            {
                yield return complaint;
            }
        }
    }

    /// <summary>Versions of Aspire's SDK and packages that differ from each other, as <c>version (file)</c>.</summary>
    public static IReadOnlyList<string> AspireVersions(IEnumerable<(string File, string Text)> files) =>
    [
        .. files.SelectMany(file => AspireReferences().Matches(file.Text).Select(match => (file.File, Version: match.Groups["version"].Value)))
            .GroupBy(found => found.Version)
            .Select(version => $"{version.Key} ({string.Join(", ", version.Select(found => found.File).Distinct())})"),
    ];

    private static IEnumerable<string> AspireOnly(string solution, string project, string id)
    {
        foreach (var configuration in (string[])["Debug", "Release"])
        {
            if (!Has(solution, id, configuration, "ActiveCfg"))
            {
                yield return $"{project} has no ActiveCfg for {configuration}";
            }

            if (Builds(solution, id, configuration))
            {
                yield return $"{project} is built by {configuration}: it needs packages that not every machine can have";
            }
        }

        if (!Has(solution, id, "Aspire", "Build.0"))
        {
            yield return $"{project} is not built by the configuration Aspire";
        }
    }

    private static IEnumerable<string> Everywhere(string solution, string project, string id) =>
        from configuration in (string[])["Debug", "Release", "Aspire"]
        where !Has(solution, id, configuration, "Build.0")
        select $"{project} is not built by {configuration}";

    private static bool Has(string solution, string id, string configuration, string kind) =>
        solution.Contains($"{id}.{configuration}|Any CPU.{kind} =", StringComparison.Ordinal);

    // Any platform of the configuration, not only "Any CPU".
    private static bool Builds(string solution, string id, string configuration) =>
        solution.Split('\n').Any(line => line.Contains($"{id}.{configuration}|", StringComparison.Ordinal) && line.Contains(".Build.0", StringComparison.Ordinal));

    [GeneratedRegex("""^Project\("[^"]+"\) = "(?<name>[^"]+)", "(?<path>[^"]+)", "(?<id>\{[^}]+\})"\r?$""", RegexOptions.Multiline)]
    private static partial Regex ProjectLines();

    [GeneratedRegex("""Aspire\.[A-Za-z.]+(?:/|" Version=")(?<version>[0-9][^"/<\s]*)""")]
    private static partial Regex AspireReferences();
}

using System.Text.RegularExpressions;

namespace Xopc.Architecture.Tests;

/// <summary>House rules about what lies where.</summary>
internal static partial class LayoutRules
{
    private const int LongestProgram = 20;

    // Folders are capabilities; these names say nothing about what is in them.
    private static readonly string[] Nameless = ["Interfaces", "Services", "Helpers", "Common", "Managers", "Utils", "Utilities", "Misc"];

    public static IEnumerable<string> Folders(IEnumerable<string> folders) =>
        from folder in folders
        where Nameless.Contains(folder.Split('/')[^1], StringComparer.OrdinalIgnoreCase)
        select $"{folder}: name it after the capability it holds";

    public static IEnumerable<string> Files(IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            var name = file.Split('/')[^1];
            if (name.StartsWith("appsettings", StringComparison.OrdinalIgnoreCase) && name.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            {
                yield return $"{file}: defaults live in options classes, deployments set the environment or xopc.json";
            }

            if (name.Equals("nuget.config", StringComparison.OrdinalIgnoreCase) || name is ".npmrc" or ".yarnrc")
            {
                yield return $"{file}: where packages come from is the machine's business";
            }
        }
    }

    /// <summary>Addresses of package registries in a text, one complaint each.</summary>
    public static IEnumerable<string> Registries(string file, string text) => RegistryAddresses().Matches(text).Select(match => $"{file} names the registry {match.Value}");

    public static string? Program(string file, string text)
    {
        var lines = text.TrimEnd().Split('\n').Length;
        return lines > LongestProgram ? $"{file} has {lines} lines; {LongestProgram} hold two calls of a module and the defaults" : null;
    }

    [GeneratedRegex(@"(https?:)?//[^\s""'<>)]*(nuget|npmjs|yarnpkg|pypi|myget|artifactory|/index\.json)[^\s""'<>)]*", RegexOptions.IgnoreCase)]
    private static partial Regex RegistryAddresses();
}

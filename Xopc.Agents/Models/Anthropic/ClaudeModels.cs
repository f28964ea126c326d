using System.Globalization;
using System.Text.RegularExpressions;

namespace Xopc.Agents.Models;

/// <summary>What a Claude model's name tells about it, for names that are in no list.</summary>
internal static partial class ClaudeModels
{
    /// <summary>All since version 3 see; thinking came with 3.7.</summary>
    public static ModelInfo Guess(string id) => Version(id) is { } version
        ? ModelInfo.Unknown(id) with { Vision = version >= 3.0, Reasoning = version >= 3.7, ContextWindow = 200_000 }
        : ModelInfo.Unknown(id);

    /// <summary>Models since 4.6 decide themselves how much to think; the older ones, and other vendors' servers, want a budget.</summary>
    public static bool ThinksAdaptively(string id) => Version(id) >= 4.6;

    // claude-sonnet-4-5-20250929 · claude-opus-4-1 · claude-sonnet-4.5 · claude-3-7-sonnet-latest · claude-sonnet-4-20250514 · claude-opus-5
    private static double? Version(string id)
    {
        var match = Name().Match(id);
        return match.Success
            ? double.Parse(match.Groups["major"].Value + "." + (match.Groups["minor"] is { Success: true } minor ? minor.Value : "0"), CultureInfo.InvariantCulture)
            : null;
    }

    // Linear; a wall-clock limit of 100 ms fires on a starved machine.
    [GeneratedRegex(@"claude-(?:[a-z]+-)?(?<major>\d)(?:[-.](?<minor>\d)(?!\d))?(?!\d)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Name();
}

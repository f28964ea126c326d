namespace Xopc.Agents.Turns;

/// <summary>The words for how much a model thinks, with their aliases.</summary>
internal static class ThinkingLevels
{
    public const string Default = "medium";

    /// <summary><c>off, minimal, low, medium, high, xhigh, adaptive</c>; null for anything else.</summary>
    public static string? Parse(string? text) => text?.Trim().ToLowerInvariant() switch
    {
        "off" or "disable" or "disabled" => "off",
        "minimal" or "min" or "think" => "minimal",
        "low" or "on" or "enable" or "enabled" or "thinkhard" => "low",
        "medium" or "mid" or "med" or "thinkharder" or "harder" => "medium",
        "high" or "ultra" or "ultrathink" or "thinkhardest" or "highest" or "max" => "high",
        "xhigh" or "extra-high" => "xhigh",
        "adaptive" or "auto" => "adaptive",
        _ => null,
    };

    /// <summary>Whether thinking is shown: <c>off, on, stream</c>; null for anything else.</summary>
    public static string? ParseReasoning(string? text) => text?.Trim().ToLowerInvariant() switch
    {
        "off" or "false" or "no" or "0" or "hide" => "off",
        "on" or "true" or "yes" or "1" or "show" => "on",
        "stream" => "stream",
        _ => null,
    };
}

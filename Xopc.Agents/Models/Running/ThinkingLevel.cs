using Microsoft.Extensions.AI;

namespace Xopc.Agents.Models;

/// <summary>The words people use for how much a model thinks.</summary>
internal static class ThinkingLevel
{
    public static readonly IReadOnlyList<string> All = ["off", "minimal", "low", "medium", "high", "xhigh", "adaptive"];

    /// <summary>The level behind a word or one of its aliases; null when it is none.</summary>
    public static string? Normalize(string? word) => word?.Trim().ToLowerInvariant() switch
    {
        "off" or "disable" or "disabled" => "off",
        "minimal" or "min" or "think" => "minimal",
        "low" or "on" or "enable" or "enabled" or "thinkhard" => "low",
        "medium" or "mid" or "med" or "thinkharder" or "harder" => "medium",
        "high" or "max" or "ultra" or "ultrathink" or "thinkhardest" or "highest" => "high",
        "xhigh" or "extra-high" => "xhigh",
        "adaptive" or "auto" => "adaptive",
        _ => null,
    };

    /// <summary>What a request asks for; null leaves it to the model (<c>adaptive</c>, and words that are none).</summary>
    public static ReasoningEffort? ToEffort(string? level) => Normalize(level) switch
    {
        "off" => ReasoningEffort.None,
        "minimal" or "low" => ReasoningEffort.Low,
        "medium" => ReasoningEffort.Medium,
        "high" => ReasoningEffort.High,
        "xhigh" => ReasoningEffort.ExtraHigh,
        _ => null,
    };
}

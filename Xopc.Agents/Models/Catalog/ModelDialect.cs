namespace Xopc.Agents.Models;

/// <summary>Where an OpenAI-compatible server differs from the others.</summary>
internal sealed record ModelDialect
{
    public static readonly ModelDialect Standard = new();

    /// <summary><c>max_tokens</c> or <c>max_completion_tokens</c>.</summary>
    public string MaxTokensField { get; init; } = "max_tokens";

    /// <summary>How a thinking level is asked for.</summary>
    public ThinkingFormat Thinking { get; init; } = ThinkingFormat.OpenAi;

    /// <summary>Whether <c>stream_options.include_usage</c> is understood.</summary>
    public bool UsageInStreaming { get; init; } = true;

    /// <summary>Whether the thinking of earlier messages goes back as <c>reasoning_content</c>; such servers refuse a tool result without it.</summary>
    public bool EchoesReasoning { get; init; }

    /// <summary>Whether a tool result carries the tool's name.</summary>
    public bool ToolResultName { get; init; }

    /// <summary>Whether the temperature is left to the model: OpenAI's reasoning models refuse one.</summary>
    public bool FixedTemperature { get; init; }
}

/// <summary>How a thinking level is written into a request.</summary>
internal enum ThinkingFormat
{
    /// <summary><c>"reasoning_effort":"high"</c>.</summary>
    OpenAi,

    /// <summary><c>"reasoning":{"effort":"high"}</c>.</summary>
    OpenRouter,

    /// <summary><c>"thinking":{"type":"enabled"}</c>.</summary>
    Zai,

    /// <summary><c>"enable_thinking":true</c>.</summary>
    Qwen,

    /// <summary>Not at all: the model's name decides.</summary>
    None,
}

namespace Xopc.Agents.Tools;

/// <summary>One argument of a tool: what the model is told about it and what is checked are the same.</summary>
/// <param name="Max">Largest value of a number, or greatest length of a text.</param>
internal sealed record ToolParameter(string Name, ToolParameterType Type, string Description, bool Required = false, int Max = int.MaxValue);

internal enum ToolParameterType
{
    Text,

    /// <summary>A whole number from 1.</summary>
    Count,

    Flag,
}

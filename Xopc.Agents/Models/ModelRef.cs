using System.Diagnostics.CodeAnalysis;

namespace Xopc.Agents.Models;

/// <summary>A model by name: <c>provider/model-id</c>, split at the first slash.</summary>
internal sealed record ModelRef(string Provider, string Model)
{
    /// <summary>A longer text is no model's name: names come from people and go into tables.</summary>
    public const int MaxLength = 200;

    public static bool TryParse(string? text, [NotNullWhen(true)] out ModelRef? reference)
    {
        var slash = text is { Length: <= MaxLength } ? text.IndexOf('/') : -1;
        reference = slash > 0 && slash < text!.Length - 1 && !HasBlank(text) ? new ModelRef(text[..slash], text[(slash + 1)..]) : null;
        return reference is not null;
    }

    public override string ToString() => $"{Provider}/{Model}";

    private static bool HasBlank(string text) => text.AsSpan().ContainsAny(" \t\r\n\0");
}

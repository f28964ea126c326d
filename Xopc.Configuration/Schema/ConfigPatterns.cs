namespace Xopc.Configuration;

/// <summary>What the readers accept, as patterns for the schema. Blanks around a value are trimmed.</summary>
internal static class ConfigPatterns
{
    /// <summary>As <see cref="Ids"/>; which words are reserved only the reader says.</summary>
    public const string Id = @"^\s*[A-Za-z0-9]([A-Za-z0-9_-]{0,62}[A-Za-z0-9_])?\s*$";

    public const string ModelReference = @"^\s*[^\s/]+/\S+\s*$";

    public const string TimeOfDay = @"^\s*([01][0-9]|2[0-3]):[0-5][0-9]\s*$";

    /// <summary>A text with a reference stands for whatever the variable holds, also for a number or a word of a list.</summary>
    public const string Reference = @"\$\{[A-Z_][A-Z0-9_]*\}";
}

namespace Xopc.Agents.Models;

/// <summary>A key or header as written: a literal, the value of an environment variable, or the output of a password manager's command.</summary>
internal sealed class SecretValue
{
    private SecretValue(string? text, string? command, string? problem) => (Text, Command, Problem) = (text, command, problem);

    /// <summary>The value itself; null for a command.</summary>
    public string? Text { get; }

    /// <summary>The command line without its mark; null for a value.</summary>
    public string? Command { get; }

    /// <summary>Why the command is refused; never shows its text.</summary>
    public string? Problem { get; }

    public bool IsUsable => Problem is null && (Command is not null || !string.IsNullOrEmpty(Text));

    public static SecretValue Literal(string text) => new(text, null, null);

    /// <summary><c>!command</c>, the NAME of a variable that is set, or the text as it stands.</summary>
    public static SecretValue Parse(string raw, Func<string, string?> environment)
    {
        if (raw.StartsWith('!'))
        {
            var command = raw[1..].Trim();
            return new SecretValue(null, command, SecretCommand.Refuse(command));
        }

        return LooksLikeVariable(raw) && environment(raw) is { Length: > 0 } value ? Literal(value) : Literal(raw);
    }

    /// <summary>Says nothing: a secret must not reach a log by way of an interpolated string.</summary>
    public override string ToString() => "***";

    private static bool LooksLikeVariable(string text) =>
        text.Length > 0 && char.IsAsciiLetterUpper(text[0]) && text.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_');
}

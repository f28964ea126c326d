using System.Text;
using Xopc.Contracts;

namespace Xopc.Configuration;

/// <summary>Something wrong in the configuration, in words for the person who wrote it.</summary>
/// <param name="Path">Dotted path in the file (<c>agents.list[0].id</c>), or the name of the environment variable or file concerned.</param>
/// <param name="Problem">What is wrong, with the value as it was written; never a secret's.</param>
/// <param name="Fix">What to do.</param>
public sealed record ConfigProblem(string Path, string Problem, string Fix)
{
    public override string ToString() => $"{(Path.Length == 0 ? "the file" : Path)} {Problem}. {Fix}";
}

/// <summary>The configuration cannot be used; carries every problem found. A program that gets it at start prints it and exits with <see cref="ExitCode"/>.</summary>
public sealed class ConfigException(string file, IReadOnlyList<ConfigProblem> errors) : StartRefusedException(Text(file, errors))
{
    /// <summary>EX_CONFIG: a supervisor does not start the process again.</summary>
    public const int ExitCode = RefusedExitCode;

    /// <summary>The file concerned; empty when it is about the environment.</summary>
    public string File { get; } = file;

    public IReadOnlyList<ConfigProblem> Errors { get; } = errors;

    private static string Text(string file, IReadOnlyList<ConfigProblem> errors)
    {
        var text = new StringBuilder("The configuration").Append(file.Length == 0 ? "" : " " + file).Append(" cannot be used:");
        foreach (var error in errors)
        {
            text.Append("\n  - ").Append(error);
        }

        return text.ToString();
    }
}

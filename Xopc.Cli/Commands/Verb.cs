using System.CommandLine;

namespace Xopc.Cli.Commands;

/// <summary>One verb of the command line: its options, its examples and what it does.</summary>
internal abstract class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    /// <summary>Lines a person can copy, shown at the end of <c>--help</c>.</summary>
    public IReadOnlyList<string> Examples { get; } = examples;

    protected void Runs(Func<ParseResult, CancellationToken, Task<CommandResult>> run) =>
        SetAction(async (parsed, cancellationToken) => (await run(parsed, cancellationToken)).ExitCode);
}

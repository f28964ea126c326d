using System.CommandLine;
using Xopc.Configuration;
using Xopc.ServiceDefaults.Trust;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc gateway rotate-trust</c>: replaces the key that the processes of a bundle sign with, while they run.</summary>
internal sealed class RotateTrustVerb : Verb
{
    private readonly CliContext _cli;

    public RotateTrustVerb(CliContext cli) : base(
        "rotate-trust", "Replace the key that the bundle's processes know each other by.",
        "xopc gateway rotate-trust")
    {
        _cli = cli;
        Runs(RunAsync);
    }

    private async Task<CommandResult> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            var paths = StatePaths.Resolve(_cli.Environment);
            await InstallationKeys.LoadOrCreate(paths.CredentialsDirectory, _cli.Clock).RotateSettledAsync(cancellationToken);
            await _cli.Io.Out.WriteLineAsync("A new key signs. Running processes follow within a second; the last key is accepted until the next rotation. Rotate twice to retire a key that leaked.");
            return CommandResult.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            await _cli.Io.FailAsync(e.Message);
            return CommandResult.Failed;
        }
    }
}

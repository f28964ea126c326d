using System.CommandLine;
using Xopc.Configuration;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc config validate</c>: every error and warning at once; 78 when the gateway would not start.</summary>
internal sealed class ConfigValidateVerb : Verb
{
    private readonly CliContext _cli;

    public ConfigValidateVerb(CliContext cli) : base("validate", "Check the configuration; lists everything that is wrong.", "xopc config validate")
    {
        _cli = cli;
        Runs(RunAsync);
    }

    private async Task<CommandResult> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            var file = StatePaths.Resolve(_cli.Environment).ConfigFile;
            var snapshot = new ConfigFile(file, _cli.Environment, _cli.Clock).Load();
            foreach (var warning in snapshot.Warnings)
            {
                await _cli.Io.Error.WriteLineAsync("warning: " + warning);
            }

            await _cli.Io.Out.WriteLineAsync(snapshot.Document.Exists ? file + " is valid." : file + " does not exist: everything has its default.");
            return CommandResult.Ok;
        }
        catch (ConfigException e)
        {
            return await _cli.ConfigurationErrorAsync(e);
        }
    }
}

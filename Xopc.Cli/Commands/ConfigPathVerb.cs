using System.CommandLine;
using Xopc.Configuration;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc config path</c>: prints the path of <c>xopc.json</c>, whether it exists or not.</summary>
internal sealed class ConfigPathVerb : Verb
{
    private readonly CliContext _cli;

    public ConfigPathVerb(CliContext cli) : base("path", "Print where the configuration file is.", "xopc config path", "$EDITOR \"$(xopc config path)\"")
    {
        _cli = cli;
        Runs(RunAsync);
    }

    private async Task<CommandResult> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            await _cli.Io.Out.WriteLineAsync(StatePaths.Resolve(_cli.Environment).ConfigFile);
            return CommandResult.Ok;
        }
        catch (ConfigException e)
        {
            return await _cli.ConfigurationErrorAsync(e);
        }
    }
}

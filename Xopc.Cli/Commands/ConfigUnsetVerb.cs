using System.CommandLine;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc config unset PATH</c>: back to the default.</summary>
internal sealed class ConfigUnsetVerb : Verb
{
    private readonly Argument<string> _path = new("path") { Description = "Dotted path of the key" };
    private readonly CliContext _cli;

    public ConfigUnsetVerb(CliContext cli) : base("unset", "Remove a value from the configuration: its default counts again.", "xopc config unset agents.defaults.temperature")
    {
        _cli = cli;
        Add(_path);
        Runs((parsed, cancellationToken) => ConfigSaving.RunAsync(_cli, parsed.GetRequiredValue(_path), null, cancellationToken));
    }
}

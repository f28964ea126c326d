namespace Xopc.Cli.Commands;

internal sealed class ConfigVerb(CliContext cli) : Verb("config", "Look at the configuration.")
{
    private readonly CliContext _cli = cli;
}

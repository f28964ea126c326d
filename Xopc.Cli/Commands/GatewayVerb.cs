namespace Xopc.Cli.Commands;

internal sealed class GatewayVerb(CliContext cli) : Verb("gateway", "Run the gateway.")
{
    private readonly CliContext _cli = cli;
}

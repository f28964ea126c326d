using System.CommandLine;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Gateway.Keys;
using Xopc.Storage;

namespace Xopc.Cli.Commands;

/// <summary>A verb on the edge's database.</summary>
internal abstract class KeyVerb(CliContext cli, string name, string description, params string[] examples) : Verb(name, description, examples)
{
    protected CliContext Cli => cli;

    protected void RunsOnKeys(Func<ParseResult, ApiKeyStore, CancellationToken, Task<CommandResult>> run) => Runs(async (parsed, cancellationToken) =>
    {
        try
        {
            using var file = ApiKeyFile.Open(StatePaths.Resolve(cli.Environment), cli.Clock);
            return await run(parsed, file.Keys, cancellationToken);
        }
        catch (ConfigException e)
        {
            return await cli.ConfigurationErrorAsync(e);
        }
        catch (Exception e) when (e is StartRefusedException or DatabaseUnavailableException or IOException or UnauthorizedAccessException)
        {
            await cli.Io.FailAsync(e.Message);
            return CommandResult.Failed;
        }
    });

    protected async Task<CommandResult> RefuseAsync(string message)
    {
        await cli.Io.FailAsync(message);
        return CommandResult.Failed;
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Xopc.Configuration;

namespace Xopc.Cli.Commands;

/// <summary>Saves one change through the same door as the API: lock, judge, replace. A running gateway notices by itself; none is needed.</summary>
internal static class ConfigSaving
{
    public static async Task<CommandResult> RunAsync(CliContext cli, string path, JsonNode? value, CancellationToken cancellationToken)
    {
        if (ConfigPath.Patch(path, value) is not { } change)
        {
            await cli.Io.FailAsync($"'{path}' is no path of keys with dots between them; a list is set as a whole");
            return CommandResult.Usage;
        }

        using var document = JsonDocument.Parse(change.ToJsonString());
        if (ConfigPatch.Parse(document.RootElement, out var problem) is not { } patch)
        {
            await cli.Io.FailAsync(problem!.ToString());
            return CommandResult.Usage;
        }

        try
        {
            var file = new ConfigFile(StatePaths.Resolve(cli.Environment).ConfigFile, cli.Environment, cli.Clock);
            return await SayAsync(cli, patch, await file.SaveFromOutsideAsync(patch, cancellationToken));
        }
        catch (ConfigException e)
        {
            return await cli.ConfigurationErrorAsync(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await cli.Io.FailAsync("the configuration cannot be written: " + e.Message);
            return CommandResult.Failed;
        }
    }

    private static async Task<CommandResult> SayAsync(CliContext cli, ConfigPatch patch, ConfigSaveResult saved)
    {
        foreach (var ignored in patch.Ignored)
        {
            await cli.Io.FailAsync(ignored.ToString());
        }

        switch (saved.Outcome)
        {
            case ConfigSaveOutcome.Saved:
                await cli.Io.Error.WriteLineAsync(saved.RestartPaths.Count > 0 ? "Saved. It takes effect when the gateway is started again." : "Saved. A running gateway takes it over at once.");
                break;
            case ConfigSaveOutcome.Unchanged:
                await cli.Io.Error.WriteLineAsync("Nothing changed.");
                break;
            case ConfigSaveOutcome.Locked:
                await cli.Io.FailAsync("another process is saving the configuration; try again");
                return CommandResult.Failed;
            default:
                foreach (var problem in saved.Problems)
                {
                    await cli.Io.FailAsync(problem.ToString());
                }

                return saved.Outcome == ConfigSaveOutcome.Unreadable ? CommandResult.Configuration : CommandResult.Usage;
        }

        return patch.Ignored.Count > 0 ? CommandResult.Usage : CommandResult.Ok;
    }
}

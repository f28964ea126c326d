using Xopc.Cli.Terminal;
using Xopc.Configuration;

namespace Xopc.Cli.Commands;

/// <summary>What a verb may touch of the world outside.</summary>
internal sealed record CliContext(CommandIo Io, Func<string, string?> Environment, Interrupts Interrupts, TimeProvider Clock)
{
    /// <summary>Shows an address in the person's browser; false where there is none.</summary>
    public Func<Uri, bool> OpenBrowser { get => field ?? (url => Browser.TryOpen(url, Environment)); init; }

    public static CliContext OfProcess() =>
        new(CommandIo.OfProcess(), System.Environment.GetEnvironmentVariable, new Interrupts(), TimeProvider.System);

    /// <summary>Says everything that is wrong with the configuration; the exit code keeps supervisors from trying again.</summary>
    public async Task<CommandResult> ConfigurationErrorAsync(ConfigException e)
    {
        await Io.FailAsync(e.Message);
        return CommandResult.Configuration;
    }
}

using Xopc.Cli.Terminal;

namespace Xopc.Cli.Commands;

/// <summary>What a verb may touch of the world outside.</summary>
internal sealed record CliContext(CommandIo Io, Func<string, string?> Environment, Interrupts Interrupts, TimeProvider Clock)
{
    public static CliContext OfProcess() =>
        new(CommandIo.OfProcess(), System.Environment.GetEnvironmentVariable, new Interrupts(), TimeProvider.System);
}

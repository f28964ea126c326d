namespace Xopc.Cli.Commands;

/// <summary>How a verb ended. What a person reads was written to the terminal before.</summary>
internal readonly record struct CommandResult(int ExitCode)
{
    public static readonly CommandResult Ok = new(ExitCodes.Ok);
    public static readonly CommandResult Failed = new(ExitCodes.Failed);
    public static readonly CommandResult Usage = new(ExitCodes.Usage);
    public static readonly CommandResult Configuration = new(ExitCodes.Configuration);
}

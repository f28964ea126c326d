namespace Xopc.Cli;

/// <summary>What the process says by its exit code; one meaning each (docs/adr/0050).</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>It was understood and did not work.</summary>
    public const int Failed = 1;

    /// <summary>It was not understood: unknown verb, unknown flag, a value outside its range.</summary>
    public const int Usage = 2;

    /// <summary>The gateway asks its supervisor for a restart.</summary>
    public const int Restart = 75;

    /// <summary>The configuration does not permit a start; a supervisor must not try again.</summary>
    public const int Configuration = 78;

    /// <summary>A client command ended by SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>A client command ended by SIGTERM.</summary>
    public const int Terminated = 143;
}

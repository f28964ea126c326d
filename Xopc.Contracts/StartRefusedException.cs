namespace Xopc.Contracts;

/// <summary>
/// A program cannot start, and starting it again would not help: a person has to mend what the message names (the configuration, a database file). It prints the
/// message and exits with <see cref="RefusedExitCode"/>.
/// </summary>
public abstract class StartRefusedException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>EX_CONFIG: a supervisor does not start the process again.</summary>
    public const int RefusedExitCode = 78;
}

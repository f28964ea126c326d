namespace Xopc.Cli.Terminal;

/// <summary>The three standard streams of a command, so that a test can hold the other end.</summary>
/// <param name="output">Data. Flushed after every write: an answer appears while it is generated.</param>
/// <param name="error">What is said about the data.</param>
/// <param name="input">Where a chat reads its lines.</param>
/// <param name="decorated">True when <paramref name="output"/> is a person's terminal: colours are allowed, control characters are not.</param>
internal sealed class CommandIo(TextWriter output, TextWriter error, TextReader input, bool decorated)
{
    public TextWriter Out => output;

    public TextWriter Error => error;

    public TextReader In => input;

    public bool Decorated => decorated;

    /// <summary>Writes one line about what went wrong; always to the error stream.</summary>
    public Task FailAsync(string message) => error.WriteLineAsync("xopc: " + message);

    public static CommandIo OfProcess() => new(Console.Out, Console.Error, Console.In, !Console.IsOutputRedirected);
}

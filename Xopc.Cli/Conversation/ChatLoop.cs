using Xopc.Cli.Commands;

namespace Xopc.Cli.Conversation;

/// <summary>Lines in, answers out. Ctrl+C stops an answer; pressed again, or at the prompt, it ends the process.</summary>
internal sealed class ChatLoop(CliContext cli, Dialogue dialogue, string session)
{
    private string _session = session;

    public async Task<CommandResult> RunAsync(CancellationToken cancellationToken)
    {
        await cli.Io.Error.WriteLineAsync("Type a message. /new starts a new session, /exit leaves, Ctrl+C stops an answer.");
        while (true)
        {
            if (cli.Io.Decorated)
            {
                await cli.Io.Error.WriteAsync("> ");
            }

            switch ((await cli.Io.In.ReadLineAsync(cancellationToken))?.Trim())
            {
                case null or "/exit" or "/quit":
                    return CommandResult.Ok;
                case "":
                    continue;
                case "/new":
                    _session = "chat_" + Guid.CreateVersion7(cli.Clock.GetUtcNow()).ToString("N");
                    await cli.Io.Error.WriteLineAsync("New session: " + _session);
                    continue;
                case ['/', ..] command when !command.Contains(' ', StringComparison.Ordinal):
                    await cli.Io.Error.WriteLineAsync($"{command} is not known here: /new, /exit.");
                    continue;
                case var message:
                    // A failed turn was said; the conversation goes on.
                    await dialogue.AskAsync(message, _session, cancellationToken);
                    break;
            }
        }
    }
}

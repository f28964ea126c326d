using System.Text.Encodings.Web;
using System.Text.Json;
using Xopc.Cli.Commands;
using Xopc.Cli.Terminal;

namespace Xopc.Cli.Conversation;

/// <summary>Asks one message at a time and shows the answer: as it comes, or as one JSON object when <paramref name="json"/>.</summary>
internal sealed class Dialogue(CliContext cli, GatewayClient gateway, bool json)
{
    private static readonly TimeSpan AbortPatience = TimeSpan.FromSeconds(3);

    // Text as it is, in any script; the default would write quotes and everything beyond ASCII as escapes, for web pages.
    private static readonly CliJson Readable =
        new(new JsonSerializerOptions(CliJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private readonly CommandIo _io = cli.Io;
    private bool _midLine;

    /// <summary>0; 1 when the turn failed; 130 or 143 when a signal ended it, after the run was asked to stop.</summary>
    public async Task<int> AskAsync(string message, string session, CancellationToken cancellationToken)
    {
        using var interrupt = cli.Interrupts.Begin();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, interrupt.Token);
        var watch = new TurnWatch(gateway, cli.Clock);
        TurnOutcome outcome;
        try
        {
            outcome = await watch.RunAsync(new AskRequest(message, session), Show, Note, stopping.Token);
        }
        catch (OperationCanceledException) when (interrupt.ExitCode != ExitCodes.Ok)
        {
            await AbortAsync(watch.RunId, cancellationToken);
            outcome = new TurnOutcome("aborted", null);
        }
        catch (GatewayException e)
        {
            outcome = new TurnOutcome("error", new AnswerError(e.Code, e.Message));
        }
        catch (InvalidDataException e)
        {
            outcome = new TurnOutcome("error", new AnswerError(GatewayException.NotAGateway, e.Message));
        }

        await CloseAsync(outcome, watch, session);
        return outcome.Status is "ok" or "skipped" ? ExitCodes.Ok : Math.Max(ExitCodes.Failed, interrupt.ExitCode);
    }

    private void Show(string text)
    {
        if (!json)
        {
            var shown = _io.Decorated ? TerminalText.Clean(text) : text;
            _io.Out.Write(shown);
            _io.Out.Flush();
            _midLine = shown.Length > 0 ? shown[^1] != '\n' : _midLine;
        }
    }

    private void Note(string tool)
    {
        if (!json && _io.Decorated)
        {
            _io.Error.WriteLine($"[{TerminalText.Clean(tool)}]");
        }
    }

    private async Task CloseAsync(TurnOutcome outcome, TurnWatch watch, string session)
    {
        if (json)
        {
            var line = new AnswerJson(outcome.Status, watch.Answer.ToString(), session, watch.SessionKey, watch.RunId, outcome.Error);
            await _io.Out.WriteLineAsync(JsonSerializer.Serialize(line, Readable.AnswerJson));
            await _io.Out.FlushAsync();
            return;
        }

        // By what was shown, not by what the answer is in the end: a stream that started over may have left a line open and nothing behind it.
        if (_midLine)
        {
            _midLine = false;
            await _io.Out.WriteLineAsync();
            await _io.Out.FlushAsync();
        }

        if (outcome.Error is { } error)
        {
            await _io.FailAsync(error.Code is "AGENT_ERROR" ? "the agent could not answer: " + error.Message : error.Message);
        }
        else if (outcome.Status == "aborted")
        {
            await _io.FailAsync("the answer was stopped");
        }
    }

    private async Task AbortAsync(string? runId, CancellationToken cancellationToken)
    {
        if (runId is null)
        {
            return;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(AbortPatience);
        try
        {
            await gateway.AbortAsync(runId, patience.Token);
        }
        catch (Exception e) when (e is GatewayException or HttpRequestException or IOException or OperationCanceledException)
        {
            // The person wants to leave; that the run goes on is worth a word, not a wait.
            await _io.FailAsync("the run could not be stopped and goes on in its session");
        }
    }
}

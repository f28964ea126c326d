using System.Text.Json;
using Xopc.Contracts.Runs;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Cli.Conversation;

/// <summary>
/// Asks and watches the answer to its end, across broken connections: before the run is known the same request is repeated under its idempotency key,
/// afterwards the run's own stream continues behind the last event that was seen.
/// </summary>
internal sealed class TurnWatch(GatewayClient gateway, TimeProvider clock)
{
    /// <summary>Four keep-alives of the gateway.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    /// <summary>How long to knock before a reconnect; the first at once. Together half a minute: a restart of the gateway fits in.</summary>
    private static readonly TimeSpan[] Waits =
        [.. ((double[])[0, 0.25, 0.5, 1, 2, 3, 4, 5, 5, 5, 5]).Select(TimeSpan.FromSeconds)];

    /// <summary>However long the gateway asks to wait.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private string? _lastEventId;
    private bool _moved;
    private bool _announced;
    private TimeSpan? _comeBackIn;
    private string? _lastError;

    public string? RunId { get; private set; }

    public string? SessionKey { get; private set; }

    public AnswerText Answer { get; } = new();

    /// <summary>Watches until the terminal event. <paramref name="show"/> gets text to append, <paramref name="note"/> the names of tools that run.</summary>
    /// <exception cref="GatewayException">The gateway refused, is not there, or was lost for good.</exception>
    public async Task<TurnOutcome> RunAsync(AskRequest ask, Action<string> show, Action<string> note, CancellationToken cancellationToken)
    {
        var idempotencyKey = Guid.CreateVersion7(clock.GetUtcNow()).ToString();
        var sent = false;
        for (var failures = 0; failures < Waits.Length; failures++)
        {
            await Task.Delay(_comeBackIn ?? Waits[failures], clock, cancellationToken);
            (_moved, _comeBackIn) = (false, null);
            try
            {
                using var response = RunId is { } run
                    ? await gateway.FollowAsync(run, _lastEventId, cancellationToken)
                    : await gateway.AskAsync(ask, idempotencyKey, cancellationToken);
                sent = true;
                if (await ReadAsync(response, show, note, cancellationToken) is { } outcome)
                {
                    return outcome;
                }
            }
            catch (Exception e) when (MayComeBack(e, sent))
            {
                // A request that was cut off may have been accepted: from here on nobody answering means a restart, not an absence.
                sent = true;
                _comeBackIn = e is GatewayException { RetryAfter: { } wait } && wait > Waits[failures] ? Shorter(wait, LongestWait) : null;
            }

            failures = _moved ? -1 : failures;
        }

        throw new GatewayException(
            GatewayException.ConnectionLost,
            $"The connection to {gateway.Address} broke and did not come back. The session keeps what was accepted; ask again to see it.");
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static bool MayComeBack(Exception e, bool sent) => e switch
    {
        GatewayException { Code: GatewayException.NotRunning } => sent,
        GatewayException { Status: 503 } => sent,
        HttpRequestException or IOException or TimeoutException => true,
        _ => false,
    };

    private async Task<TurnOutcome?> ReadAsync(HttpResponseMessage response, Action<string> show, Action<string> note, CancellationToken cancellationToken)
    {
        var resumedAt = RunUpdateId.TryParse(_lastEventId, null, out var position) ? position : default;
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var frames = new SseReader(body, Silence, clock);
        await foreach (var frame in frames.ReadAsync(cancellationToken))
        {
            if (frame.Event == Farewell.Event)
            {
                // A stop that was announced is a restart: the patience for one begins now, once for each place in the stream.
                (_moved, _announced, _comeBackIn) = (_moved || !_announced, true, frames.Retry);
                return null;
            }

            if (WasSeen(frame, resumedAt))
            {
                continue;
            }

            // Only a new position counts as progress, or a stream that repeats its first event would be reopened without end.
            var moves = frame.Id is not null && frame.Id != _lastEventId;
            (_moved, _announced) = (_moved || moves, _announced && !moves);
            _lastEventId = frame.Id ?? _lastEventId;
            if (Take(frame, show, note) is { } outcome)
            {
                return outcome;
            }
        }

        return null;
    }

    // An event that crossed with the break of the connection may come again. A reset is about positions that are no longer known: nothing to compare.
    private static bool WasSeen(SseFrame frame, RunUpdateId resumedAt) =>
        frame.Event != "reset" && RunUpdateId.TryParse(frame.Id, null, out var id) && id <= resumedAt;

    internal TurnOutcome? Take(SseFrame frame, Action<string> show, Action<string> note)
    {
        using var json = Parse(frame.Data);
        var data = json.RootElement;
        switch (frame.Event)
        {
            case "status":
                RunId = data.Text("runId") ?? RunId;
                SessionKey = data.Text("sessionKey") ?? SessionKey;
                return null;
            case "token":
                Show(Answer.Append(data.Text("content") ?? ""));
                return null;
            case "reset":
                Show(Answer.Restart(data.Text("content") ?? ""));
                return null;
            case "tool_start":
                note(data.Text("toolName") ?? "tool");
                return null;
            case "error" when data.ErrorIn() is { } thrown:
                return new TurnOutcome("error", new AnswerError(thrown.Code, thrown.Message));
            case "error":
                _lastError = data.Text("content") ?? data.Text("message");
                return null;
            case "result":
                return ResultOf(data);
            default:
                return null;
        }

        void Show(string text)
        {
            if (text.Length > 0)
            {
                show(text);
            }
        }
    }

    private static JsonDocument Parse(string data)
    {
        try
        {
            return JsonDocument.Parse(data);
        }
        catch (JsonException)
        {
            throw new InvalidDataException("The stream holds an event that is not JSON.");
        }
    }

    // {"ok":true,"payload":{"status":"ok","summary":"…"}}
    private TurnOutcome ResultOf(JsonElement data)
    {
        if (data.ErrorIn() is { } error)
        {
            return new TurnOutcome("error", new AnswerError(error.Code, error.Message));
        }

        var payload = data.Child("payload");
        SessionKey = payload?.Text("sessionKey") ?? SessionKey;
        var status = payload?.Text("status") ?? "error";
        return new TurnOutcome(
            status,
            // Also "interrupted": the gateway died under the run and could keep only what it had.
            status is "ok" or "skipped" or "aborted" ? null : new AnswerError("AGENT_ERROR", _lastError ?? payload?.Text("summary") ?? "The turn failed."));
    }
}

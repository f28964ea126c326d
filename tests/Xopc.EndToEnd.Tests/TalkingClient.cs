using System.Text.Json.Nodes;
using Xopc.Testing.Http;

namespace Xopc.EndToEnd.Tests;

/// <summary>How a client of the kill matrix talks.</summary>
internal enum Talk
{
    /// <summary>Waits for whole answers.</summary>
    Json,

    /// <summary>Streams, and comes back with its last id whenever the stream breaks; leaves by itself now and then.</summary>
    Sse,

    /// <summary>Streams answers that call a tool.</summary>
    Tools,

    /// <summary>Streams, and puts words into the running turn.</summary>
    Steer,

    /// <summary>Streams, and aborts the running turn.</summary>
    Abort,
}

/// <summary>
/// One client with a session of its own that never gives up: it asks again with the same idempotency key until it has an outcome, and afterwards holds the
/// transcript against what it was shown.
/// </summary>
internal sealed class TalkingClient(Deployment xopc, Talk kind, string name, int seed, KillFigures figures, string where)
{
    public const string Note = "what the note says";
    public static readonly string[] BeforeTheTool = ["Let", " me", " look. "];
    private const int Messages = 4;

    private readonly Random _random = new(seed);
    private readonly List<Outcome> _outcomes = [];

    public string Session { get; } = name;

    public static TalkingClient[] OneOfEach(Deployment xopc, string round, Random random, KillFigures figures, string where) =>
        [.. Enum.GetValues<Talk>().Select(kind => new TalkingClient(xopc, kind, $"{round}-{kind}".ToLowerInvariant(), random.Next(), figures, where))];

    public async Task TalkAsync()
    {
        for (var i = 0; i < Messages; i++)
        {
            var asked = new Outcome($"{Session} message {i} of some words", kind == Talk.Tools ? "fake/tools" : _random.Next(3) == 0 ? "fake/slow" : "fake/echo", $"{Session}-{i}");
            await (kind == Talk.Json ? AskAsync(asked) : StreamAsync(asked));
            figures.Ended(asked.Status!);
            _outcomes.Add(asked);
        }
    }

    /// <summary>Every message once, in order, each followed by the one outcome that the client was told.</summary>
    public void Check(JsonArray transcript)
    {
        var rest = new Queue<(string Role, string Content, string? Stop)>(
            transcript.Select(message => ((string)message!["role"]!, (string)message["content"]!, (string?)message["stopReason"])));
        var whole = string.Join("\n", rest);
        foreach (var asked in _outcomes)
        {
            Require(rest.TryDequeue(out var question) && question.Role == "user" && question.Content == asked.Message, $"'{asked.Message}' is not where it belongs", whole);
            var (text, stop) = ("", (string?)null);
            while (rest.TryPeek(out var next) && !_outcomes.Exists(other => next.Role == "user" && next.Content == other.Message))
            {
                rest.Dequeue();
                asked.Steers.Remove(next.Role == "user" ? next.Content : "");
                Require(next.Role != "user" || asked.MaySteer(next.Content), $"'{next.Content}' was said once and stands twice, or was never said", whole);
                (text, stop) = next.Role == "assistant" ? (text + next.Content, next.Stop) : (text, stop);
            }

            Require(text == asked.Text, $"'{asked.Message}' was answered to the client with '{asked.Text}'", whole);
            Require(
                stop == asked.Status || (stop == "stop" && asked.Status == "ok") || (stop is null && text.Length == 0 && asked.Status == "aborted"),
                $"'{asked.Message}' ended for the client as {asked.Status}", whole);
            Require(asked.Status != "ok" || asked.IsWhole(), $"'{asked.Message}' has a wrong answer", whole);
            Require(!asked.Steers.Exists(asked.IsPromised), $"Words that were accepted for '{asked.Message}' are missing", whole);
        }

        Require(rest.Count == 0, "There is more than was asked", whole);
    }

    private async Task AskAsync(Outcome asked)
    {
        while (asked.Status is null)
        {
            try
            {
                var (status, body) = await xopc.SendAsync(HttpMethod.Post, "/api/agent", Body(asked), ("Idempotency-Key", asked.Key));
                Require(status is 200 or 502 or 503, $"{asked.Key} was answered with {status} {body}", "");
                if (status == 200)
                {
                    (asked.Status, asked.Text) = ((string)body!["status"]!, (string)body["reply"]!);
                }
                else if ((string?)body?["error"]?["code"] == "AGENT_ERROR")
                {
                    // The answer has no place for a partial text: the stream of the run tells it.
                    await StreamAsync(asked);
                }
            }
            catch (Exception ex) when (ex is HttpRequestException or IOException)
            {
                figures.Reconnected(); // killed under us
                await Wait.MomentAsync();
            }
        }
    }

    // Comes back to the same run with the last id it saw; without one, it asks again with the same key and is shown the run from its beginning.
    private async Task StreamAsync(Outcome asked)
    {
        for (var first = true; asked.Status is null; first = false)
        {
            try
            {
                using var stream = await OpenAsync(asked);
                if (!first)
                {
                    figures.Reconnected();
                }

                if (stream is not null)
                {
                    await ReadAsync(stream, asked);
                    continue;
                }
            }
            catch (Exception ex) when (ex is HttpRequestException or IOException)
            {
                // Killed under us.
            }

            await Wait.MomentAsync();
        }
    }

    private async Task<SseReader?> OpenAsync(Outcome asked)
    {
        var (stream, status) = asked.LastId is { } last && _random.Next(4) > 0
            ? await xopc.Edge.TryStreamAsync(HttpMethod.Get, $"/api/agent/runs/{asked.RunId}/events", null, ("Last-Event-ID", last))
            : await xopc.Edge.TryStreamAsync(HttpMethod.Post, "/api/agent", Body(asked), ("Idempotency-Key", asked.Key));
        Require(status is 200 or 503, $"{asked.Key} was answered with {status}", "");
        return stream;
    }

    private async Task ReadAsync(SseReader stream, Outcome asked)
    {
        var leaveAfter = _random.Next(4) == 0 ? _random.Next(8) : int.MaxValue;
        while (await stream.NextAsync() is { } update)
        {
            Require(asked.Status is null, $"Something follows the result of {asked.Key}: {update.Type} {update.Data}", "");
            asked.Take(update);
            if (update.Type == "token" && !asked.Acted)
            {
                asked.Acted = true;
                await ActAsync(asked);
            }

            if (--leaveAfter < 0 && asked.Status is null)
            {
                return;
            }
        }
    }

    private Task ActAsync(Outcome asked) => kind switch
    {
        Talk.Steer => SteerAsync(asked),
        Talk.Abort when _random.Next(2) == 0 => SendOnceAsync("/api/agent/abort", new JsonObject { ["runId"] = asked.RunId }),
        _ => Task.CompletedTask,
    };

    private async Task SteerAsync(Outcome asked)
    {
        var words = $"{asked.Key} and also this";
        asked.Said(words);
        var status = await SendOnceAsync("/api/agent/steer", new JsonObject { ["session"] = Session, ["message"] = words });
        asked.WasTold(words, status);
        figures.Steered();
    }

    private async Task<int?> SendOnceAsync(string path, JsonObject body)
    {
        try
        {
            return (await xopc.SendAsync(HttpMethod.Post, path, body.ToJsonString())).Status;
        }
        catch (Exception ex) when (ex is HttpRequestException or IOException)
        {
            return null; // nobody knows
        }
    }

    private string Body(Outcome asked) => new JsonObject { ["message"] = asked.Message, ["session"] = Session, ["model"] = asked.Model }.ToJsonString();

    private void Require(bool holds, string otherwise, string transcript) => Assert.True(holds, $"{where}, {kind}: {otherwise}\n{transcript}");

    /// <summary>What the client knows of one message.</summary>
    private sealed class Outcome(string message, string model, string key)
    {
        private bool? _promised;
        private bool _said;

        public string Message => message;

        public string Model => model;

        public string Key => key;

        public string? RunId { get; private set; }

        public string? LastId { get; private set; }

        /// <summary>How it ended; null while it has not.</summary>
        public string? Status { get; set; }

        /// <summary>The answer as it was shown, put together by the rules of the API page.</summary>
        public string Text { get; set; } = "";

        /// <summary>Whether this client has done its part to the running turn.</summary>
        public bool Acted { get; set; }

        /// <summary>Words steered in that the transcript has not shown yet.</summary>
        public List<string> Steers { get; } = [];

        public void Take(SseEvent update)
        {
            switch (update.Type)
            {
                case "status":
                    (RunId, Text) = ((string)update.Json["runId"]!, ""); // from its beginning
                    break;
                case "token":
                    Text += (string)update.Json["content"]!;
                    break;
                case "reset":
                    Text = (string)update.Json["content"]!;
                    break;
                case "result":
                    Status = (string)update.Json["payload"]!["status"]!;
                    break;
            }

            LastId = update.Id;
        }

        public void Said(string words)
        {
            _said = true;
            Steers.Add(words);
        }

        /// <summary>200: it must be there. 409: it must not. Nobody knows, or the way was broken: it may.</summary>
        public void WasTold(string words, int? status)
        {
            _promised = status switch { 200 => true, 409 => false, _ => null };
            if (status == 409)
            {
                Steers.Remove(words);
                _said = false;
            }
        }

        public bool IsPromised(string words) => _promised == true;

        /// <summary>Once.</summary>
        public bool MaySteer(string words)
        {
            var may = _said;
            _said = false;
            return may;
        }

        public bool IsWhole() => model == "fake/tools" ? Text == string.Concat(BeforeTheTool) + "The tool said: " + Note : Text == message || Text.StartsWith(message, StringComparison.Ordinal);
    }
}

using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Xopc.Contracts.Messages;
using Xopc.Contracts.Runs;
using Xopc.Messaging;

namespace Xopc.Agents.Runs;

/// <summary>
/// Writes a run's updates in their wire form (<c>{"type":"token","content":"…"}</c>): once to the run's stream for its watchers, once as
/// <c>agent.stream</c> for everybody else. The terminal update goes only to the run's stream.
/// </summary>
internal sealed class RunWriter(ActiveRun run, IRunLogWriter log, IEventLog events, JournalBell bell, bool showThinking)
{
    private const int MaxToolResultChars = 100_000;

    [ThreadStatic]
    private static JsonBuffer? _buffer;

    private readonly string _sessionKey = run.Row.SessionKey;
    private int _seq;
    private char _heldSurrogate;
    private int _sinceBell;

    public int Seq => _seq;

    public void Progress(string stage, string message)
    {
        if (stage != "thinking" || showThinking)
        {
            Write("progress", (stage, message), static (json, value) =>
            {
                json.WriteString("stage"u8, value.stage);
                json.WriteString("message"u8, value.message);
            });
        }
    }

    public void ThinkingStarted()
    {
        if (showThinking)
        {
            Write("thinking", 0, static (json, _) => json.WriteString("status"u8, "started"u8));
        }
    }

    public void Thinking(string delta)
    {
        if (showThinking)
        {
            Write("thinking", delta, static (json, value) =>
            {
                json.WriteString("content"u8, value);
                json.WriteBoolean("delta"u8, true);
            });
        }
    }

    /// <summary>A piece of answer. A surrogate pair that the model split over two pieces is joined again: half a pair is no text.</summary>
    public void Token(string delta)
    {
        if (_heldSurrogate != 0)
        {
            delta = _heldSurrogate + delta;
            _heldSurrogate = '\0';
        }

        if (delta.Length > 0 && char.IsHighSurrogate(delta[^1]))
        {
            _heldSurrogate = delta[^1];
            delta = delta[..^1];
        }

        if (delta.Length > 0)
        {
            Write("token", delta, static (json, value) => json.WriteString("content"u8, value), delta);
            _sinceBell += Encoding.UTF8.GetByteCount(delta);
            if (_sinceBell >= JournalBell.Every)
            {
                _sinceBell = 0;
                bell.Ring();
            }
        }
    }

    public void ToolStart(string id, string name, string arguments) =>
        Write("tool_start", (id, name, arguments), static (json, value) =>
        {
            json.WriteString("toolCallId"u8, value.id);
            json.WriteString("toolName"u8, value.name);
            json.WritePropertyName("args"u8);
            json.WriteRawValue(value.arguments);
        });

    public void ToolEnd(string id, string name, bool isError, string result)
    {
        var fits = char.IsHighSurrogate(result.ElementAtOrDefault(MaxToolResultChars - 1)) ? MaxToolResultChars - 1 : MaxToolResultChars;
        var cut = result.Length > MaxToolResultChars ? result[..fits] + "…(truncated)" : result;
        Write("tool_end", (id, name, isError, cut), static (json, value) =>
        {
            json.WriteString("toolCallId"u8, value.id);
            json.WriteString("toolName"u8, value.name);
            json.WriteBoolean("isError"u8, value.isError);
            json.WriteString("result"u8, value.cut);
        });
    }

    public void MessageEnd() => Write("message_end", 0, static (_, _) => { });

    /// <summary>Everything shown so far is void; <paramref name="text"/> stands instead.</summary>
    public void Reset(string text, string reason)
    {
        _heldSurrogate = '\0';
        Write("reset", (text, reason), static (json, value) =>
        {
            json.WriteString("content"u8, value.text);
            json.WriteString("reason"u8, value.reason);
        });
    }

    public void Error(string message) => Write("error", message, static (json, value) => json.WriteString("content"u8, value));

    /// <summary>The terminal update: always, and only after what it tells of is durable.</summary>
    public void Result(RunOutcome outcome)
    {
        var id = new RunUpdateId(run.Attempt, ++_seq);
        log.Append(new RunUpdate(id, "result", ResultData(outcome), IsTerminal: true));
    }

    /// <summary>The run goes on without this writer: whoever watches it here looks anew.</summary>
    public void Abandon() => log.Abandon();

    /// <summary><c>{"ok":true,"payload":{"status","summary"}}</c>; a failed run carries <c>error</c> beside.</summary>
    public static byte[] ResultData(RunOutcome outcome)
    {
        var buffer = _buffer ??= new JsonBuffer();
        var json = buffer.Start();
        json.WriteStartObject();
        var failed = outcome.State is RunStates.Error or RunStates.Interrupted;
        json.WriteBoolean("ok"u8, !failed);
        json.WriteStartObject("payload"u8);
        json.WriteString("status"u8, outcome.State);
        json.WriteString("summary"u8, outcome.Summary);
        json.WriteEndObject();
        if (failed)
        {
            json.WriteStartObject("error"u8);
            json.WriteString("code"u8, Contracts.ErrorCode.AgentError.Name);
            json.WriteString("message"u8, outcome.Summary);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        return buffer.Finish();
    }

    /// <summary>An update that no run log holds (any more): made from what the database knows.</summary>
    public static byte[] Data(string type, string property, string value)
    {
        var buffer = _buffer ??= new JsonBuffer();
        var json = buffer.Start();
        json.WriteStartObject();
        json.WriteString("type"u8, type);
        json.WriteString(property, value);
        json.WriteEndObject();
        return buffer.Finish();
    }

    private void Write<T>(string type, T value, Action<Utf8JsonWriter, T> body, string? text = null)
    {
        var buffer = _buffer ??= new JsonBuffer();
        var json = buffer.Start();
        json.WriteStartObject();
        json.WriteString("type"u8, type);
        body(json, value);
        json.WriteEndObject();
        var data = buffer.Finish();
        run.Sent(++_seq, text);
        log.Append(new RunUpdate(new RunUpdateId(run.Attempt, _seq), type, data));

        json = buffer.Start();
        json.WriteStartObject();
        json.WriteString("sessionKey"u8, _sessionKey);
        json.WriteString("runId"u8, run.RunId);
        json.WritePropertyName("event"u8);
        json.WriteRawValue(data, skipInputValidation: true);
        json.WriteEndObject();
        events.Publish(new EventMessage("agent.stream", _sessionKey, buffer.Finish()));
    }

    /// <summary>One writer per thread: an update costs one array, its own.</summary>
    private sealed class JsonBuffer : IDisposable
    {
        private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
        private readonly ArrayBufferWriter<byte> _bytes = new(1024);
        private readonly Utf8JsonWriter _json;

        public JsonBuffer() => _json = new Utf8JsonWriter(_bytes, Options);

        public Utf8JsonWriter Start()
        {
            _bytes.ResetWrittenCount();
            _json.Reset();
            return _json;
        }

        public void Dispose() => _json.Dispose();

        public byte[] Finish()
        {
            _json.Flush();
            return _bytes.WrittenSpan.ToArray();
        }
    }
}

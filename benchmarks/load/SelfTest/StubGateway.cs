using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Xopc.Load.Checks;
using Xopc.Load.Model;
using Xopc.Load.Scenarios;
using Xopc.Load.Wire;

namespace Xopc.Load.SelfTest;

/// <summary>What a stub does wrong, again and again; one kind at a time so that the count is exact.</summary>
internal enum StubFault
{
    None, WrongMarker, CutText, Empty, DoubledText, SomebodysAnswer, Refused, BrokenStream, Forgetful,
    SwappedRows, MissingRow, DoubledRow, LostEvent, DoubledEvent, ShortPage,
}

/// <summary>
/// A gateway made of nothing but its HTTP surface: it echoes as the fake model would and keeps transcripts in memory. With a fault it does that wrong in every
/// <see cref="Every"/>th turn, or in what it shows of a session, or in what it broadcasts, and counts how often.
/// </summary>
internal sealed class StubGateway(StubFault fault)
{
    public const int Every = 7;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<TranscriptRow>> _sessions = [];
    private readonly List<Channel<byte[]>> _watchers = [];
    private string _firstAnswer = "";
    private int _turns;

    /// <summary>How many faults were committed.</summary>
    public int Injected { get; private set; }

    public ValueTask HandleAsync(WireExchange exchange, CancellationToken cancellationToken)
    {
        var path = exchange.Target.Split('?')[0];
        return (exchange.Method, path.Split('/', StringSplitOptions.RemoveEmptyEntries)) switch
        {
            ("GET", ["health"]) => exchange.AnswerJsonAsync(200, """{"status":"healthy"}"""u8, cancellationToken),
            ("POST", ["api", "agent"]) => AnswerAsync(exchange, cancellationToken),
            ("POST", ["api", "sessions"]) => CreateAsync(exchange, cancellationToken),
            ("GET", ["api", "sessions"]) => ListAsync(exchange, cancellationToken),
            ("GET", ["api", "sessions", var key]) => TranscriptAsync(exchange, Uri.UnescapeDataString(key), cancellationToken),
            ("POST", ["api", "sessions", _, "rename"]) => RenameAsync(exchange, cancellationToken),
            ("GET", ["api", "events"]) => EventsAsync(exchange, cancellationToken),
            _ => exchange.AnswerJsonAsync(404, """{"error":{"code":"NOT_FOUND","message":"not here"}}"""u8, cancellationToken),
        };
    }

    private static string KeyOf(string session) => $"main:webchat:default:direct:{session}";

    private async ValueTask AnswerAsync(WireExchange exchange, CancellationToken cancellationToken)
    {
        var message = JsonText.Member(exchange.Body, "message"u8) ?? "";
        var session = JsonText.Member(exchange.Body, "session"u8) ?? "default";
        var (marker, tokens) = (EchoText.MarkerOf(message) ?? "[[none]]", EchoText.NumberAfter(message, "tokens=", 8));
        string answer;
        bool faulty;
        lock (_gate)
        {
            faulty = ++_turns % Every == 0;
            if (!_sessions.TryGetValue(KeyOf(session), out var rows))
            {
                _sessions[KeyOf(session)] = rows = [];
            }

            var users = (rows.Count / 2) + 1;
            answer = EchoText.Answer(marker, users, tokens);
            rows.Add(new TranscriptRow("user", message));
            rows.Add(new TranscriptRow("assistant", answer));
            if (_firstAnswer.Length == 0)
            {
                _firstAnswer = answer;
            }

            answer = faulty ? Spoil(answer, marker, users, tokens) : answer;
        }

        if (faulty && fault == StubFault.Refused)
        {
            await exchange.AnswerJsonAsync(500, """{"error":{"code":"AGENT_ERROR","message":"stub"}}"""u8, cancellationToken);
        }
        else if (exchange.WantsEvents)
        {
            await StreamAsync(exchange, answer, EchoText.NumberAfter(message, "pace=", 0), faulty && fault == StubFault.BrokenStream, cancellationToken);
        }
        else
        {
            await exchange.AnswerJsonAsync(
                200, Encoding.UTF8.GetBytes($$"""{"status":"ok","reply":"{{answer}}","session":"{{session}}","sessionKey":"{{KeyOf(session)}}"}"""), cancellationToken);
        }
    }

    private string Spoil(string answer, string marker, int users, int tokens)
    {
        var spoiled = fault switch
        {
            StubFault.WrongMarker => EchoText.Answer("[[somebody-else]]", users, tokens),
            StubFault.CutText => answer[..^4],
            StubFault.Empty => "",
            StubFault.DoubledText => answer + answer,
            StubFault.SomebodysAnswer => _firstAnswer,
            StubFault.Forgetful => EchoText.Answer(marker, users + 1, tokens),
            _ => answer,
        };
        Injected += spoiled != answer || fault is StubFault.Refused or StubFault.BrokenStream ? 1 : 0;
        return spoiled;
    }

    private static async ValueTask StreamAsync(WireExchange exchange, string answer, int paceMs, bool broken, CancellationToken cancellationToken)
    {
        exchange.BeginEvents();
        exchange.Chunk("id: 0.1\nevent: status\ndata: {\"type\":\"status\",\"status\":\"accepted\"}\n\n"u8);
        foreach (var (index, word) in answer.Split(' ').Index())
        {
            if (paceMs > 0 && index > 1)
            {
                await exchange.FlushAsync(cancellationToken);
                await Task.Delay(TimeSpan.FromMilliseconds(paceMs), TimeProvider.System, cancellationToken);
            }

            var stamp = paceMs > 0 ? string.Create(CultureInfo.InvariantCulture, $"~{EchoText.NowNanoseconds()};") : "";
            exchange.Chunk(Encoding.UTF8.GetBytes($"event: token\ndata: {{\"type\":\"token\",\"content\":\"{stamp}{(index == 0 ? "" : " ")}{word}\"}}\n\n"));
        }

        exchange.Chunk(Encoding.UTF8.GetBytes(
            $"event: result\ndata: {{\"ok\":true,\"payload\":{{\"status\":\"{(broken ? "error" : "ok")}\"}}}}\n\n"));
        exchange.EndChunks();
        await exchange.FlushAsync(cancellationToken);
    }

    private ValueTask CreateAsync(WireExchange exchange, CancellationToken cancellationToken)
    {
        var key = KeyOf(JsonText.Member(exchange.Body, "chat_id"u8) ?? "chat");
        bool created;
        lock (_gate)
        {
            created = _sessions.TryAdd(key, []);
        }

        return exchange.AnswerJsonAsync(created ? 201 : 200, Encoding.UTF8.GetBytes($$"""{"session":{"key":"{{key}}","messages":[]} }"""), cancellationToken);
    }

    private ValueTask ListAsync(WireExchange exchange, CancellationToken cancellationToken)
    {
        int total;
        lock (_gate)
        {
            total = _sessions.Count;
            Injected += fault == StubFault.ShortPage ? 1 : 0;
        }

        var items = Enumerable.Repeat("{}", Math.Min(50, total) - (fault == StubFault.ShortPage ? 1 : 0));
        return exchange.AnswerJsonAsync(200, Encoding.UTF8.GetBytes($$"""{"items":[{{string.Join(',', items)}}],"total":{{total}} }"""), cancellationToken);
    }

    private ValueTask TranscriptAsync(WireExchange exchange, string key, CancellationToken cancellationToken)
    {
        var (limit, offset) = (EchoText.NumberAfter(exchange.Target, "limit=", 50), EchoText.NumberAfter(exchange.Target, "offset=", 0));
        List<TranscriptRow> rows;
        lock (_gate)
        {
            rows = [.. _sessions[key]];
            SpoilRows(rows, count: offset == 0);
        }

        var page = rows.SkipLast(offset).TakeLast(limit).Select(static row => $$"""{"role":"{{row.Role}}","content":"{{row.Text}}"}""");
        return exchange.AnswerJsonAsync(200, Encoding.UTF8.GetBytes($$"""{"session":{"messages":[{{string.Join(',', page)}}]} }"""), cancellationToken);
    }

    private void SpoilRows(List<TranscriptRow> rows, bool count)
    {
        switch (fault)
        {
            case StubFault.SwappedRows: // the last turn moves to the front
                rows.InsertRange(0, rows[^2..]);
                rows.RemoveRange(rows.Count - 2, 2);
                break;
            case StubFault.MissingRow:
                rows.RemoveRange(2, 2);
                break;
            case StubFault.DoubledRow:
                rows.InsertRange(0, rows[..2]);
                break;
            default:
                return;
        }

        Injected += count ? 1 : 0;
    }

    private ValueTask RenameAsync(WireExchange exchange, CancellationToken cancellationToken)
    {
        var frame = Encoding.UTF8.GetBytes($"event: session.updated\ndata: {{\"key\":\"k\",\"name\":\"{JsonText.Member(exchange.Body, "name"u8)}\"}}\n\n");
        lock (_gate)
        {
            for (var i = 0; i < _watchers.Count; i++)
            {
                var times = i != 0 ? 1 : fault switch { StubFault.LostEvent => 0, StubFault.DoubledEvent => 2, _ => 1 };
                Injected += times == 1 ? 0 : 1;
                for (; times > 0; times--)
                {
                    _watchers[i].Writer.TryWrite(frame);
                }
            }
        }

        return exchange.AnswerJsonAsync(200, """{"renamed":true}"""u8, cancellationToken);
    }

    private async ValueTask EventsAsync(WireExchange exchange, CancellationToken cancellationToken)
    {
        var queue = Channel.CreateBounded<byte[]>(16);
        lock (_gate)
        {
            _watchers.Add(queue);
        }

        try
        {
            exchange.BeginEvents();
            exchange.Chunk("id: 0\nevent: connected\ndata: {}\n\n"u8);
            await exchange.FlushAsync(cancellationToken);
            await foreach (var frame in queue.Reader.ReadAllAsync(cancellationToken))
            {
                exchange.Chunk(frame);
                await exchange.FlushAsync(cancellationToken);
            }
        }
        finally
        {
            lock (_gate)
            {
                _watchers.Remove(queue);
            }
        }
    }
}

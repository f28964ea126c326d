using System.Text.Json;
using Xopc.ChannelLoad.Hosts;
using Xopc.Load.Measuring;
using Xopc.Load.Model;
using Xopc.Load.Report;
using Xopc.Testing.Telegram;

namespace Xopc.ChannelLoad.Scenarios;

/// <summary>
/// From the moment at which a group of messages is complete to its turn. The first moment stands in the intake table (<c>closes_ms</c>); the turn is dispatched when the
/// agents accept it (<c>accepted_ms</c> of their inbox), and the model says in its answer when it was asked. Beside it three bare durable commits in sequence.
/// </summary>
internal static class DispatchScenario
{
    private const int People = 40;
    private const int DebounceMs = 300;
    private const double Added = 5;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50); // 20 messages a second
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(60);

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        await using var server = await TelegramServer.StartAsync();
        server.Limits = RateLimits.Documented;
        var bot = server.AddBot("3003:dispatch", "dispatch");
        await using var gateway = await bench.Launch.StartAsync(server, new Dictionary<string, string> { ["dispatch"] = bot.Token }, DebounceMs, cancellationToken);
        using var commits = new DurableCommits(bench.Directory);
        var people = Enumerable.Range(0, People).Select(number => server.AddPerson($"p{number}")).ToArray();
        var three = new Samples();
        var warmUp = new HashSet<string>();
        var markers = new Dictionary<string, bool>(); // whether it waits for more
        var written = 0;
        for (var batch = -1; batch < bench.Options.DispatchBatches; batch++)
        {
            foreach (var isShort in (bool[])[true, false])
            {
                for (var i = 0; i < bench.Options.DispatchBatch; i++)
                {
                    var marker = $"[[d{++written}]]";
                    people[written % People].Writes(bot, Text(written, isShort));
                    if (batch >= 0)
                    {
                        markers.Add(marker, isShort);
                    }

                    await Task.Delay(Pause, TimeProvider.System, cancellationToken);
                }

                await AnsweredAsync(people, bot, written, cancellationToken);
                commits.InSequence(3, bench.Options.DispatchBatch, batch < 0 ? new Samples() : three);
            }
        }

        Conclude(bench, gateway, server, bot, markers, three);
    }

    /// <summary>Short texts wait for what may follow; a long one is complete when it is written down.</summary>
    private static string Text(int number, bool isShort) => EchoText.Message($"d{number}", EchoText.MinTokens, paceMs: 1) + (isShort ? "" : " " + new string('.', 100));

    private static async Task AnsweredAsync(FakePerson[] people, FakeBot bot, int count, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        while (people.Sum(person => person.ChatWith(bot).FromBots.Count) is var answers && answers < count)
        {
            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException($"{count} messages and {answers} answers.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }

    private static void Conclude(Bench bench, Gateway gateway, TelegramServer server, FakeBot bot, Dictionary<string, bool> markers, Samples three)
    {
        var closed = Moments(gateway, "channels", "SELECT id, closes_ms FROM intake");
        var accepted = Moments(gateway, "agents", "SELECT id, accepted_ms FROM inbox");
        var asked = Asked(server);
        var (dispatched, modelled) = (Both(), Both());
        foreach (var update in bot.Updates)
        {
            var (id, marker) = ($"telegram:dispatch:{update.UpdateId}", EchoText.MarkerOf(TextOf(update))!);
            if (!markers.TryGetValue(marker, out var isShort))
            {
                continue;
            }

            if (!closed.TryGetValue(id, out var closedMs) || !accepted.TryGetValue(id, out var acceptedMs) || !asked.TryGetValue(marker, out var askedMs))
            {
                bench.Report.Fail($"dispatch: {marker} has no turn of its own, or no right answer");
                continue;
            }

            // Written in whole milliseconds, so the true one may be almost one later.
            dispatched[isShort].Add(acceptedMs - closedMs + 1);
            modelled[isShort].Add(askedMs - closedMs);
        }

        foreach (var (isShort, name) in (ReadOnlySpan<(bool, string)>)[(true, "joined texts, closed by time"), (false, "a long text, closed as it comes")])
        {
            bench.Report.Add(new Figure(
                $"dispatch.{(isShort ? "joined" : "single")}.p99", $"group closed to turn dispatched, p99, {name}", "ms", [dispatched[isShort].P99],
                $"three bare commits p99 {Figure.Format(three.P99)}, p50 {Figure.Format(three.P50)} ms; p50 {Figure.Format(dispatched[isShort].P50)} ms; "
                + $"until the model is asked p50 {Figure.Format(modelled[isShort].P50)}, p99 {Figure.Format(modelled[isShort].P99)} ms; {dispatched[isShort].Count} groups",
                three.P99 + Added));
        }
    }

    private static Dictionary<string, long> Moments(Gateway gateway, string database, string sql) =>
        gateway.Query(database, sql, static row => KeyValuePair.Create(row.GetString(0), row.GetInt64(1))).ToDictionary();

    private static Dictionary<bool, Samples> Both() => new() { [true] = new Samples(), [false] = new Samples() };

    /// <summary>When the model was asked for each marker, as Unix milliseconds with fractions.</summary>
    private static Dictionary<string, double> Asked(TelegramServer server)
    {
        // The same moment on both clocks.
        var offset = ((TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds * 1e6) - EchoText.NowNanoseconds();
        var asked = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var answer in server.Chats.SelectMany(static chat => chat.FromBots))
        {
            var stamps = new List<long>();
            var text = EchoText.Unstamp(answer.Text, stamps);
            if (EchoText.MarkerOf(text) is { } marker && text == EchoText.Answer(marker, EchoText.NumberAfter(text, "n=", 0), EchoText.MinTokens) && stamps.Count == EchoText.MinTokens)
            {
                asked.TryAdd(marker, (stamps[0] + offset) / 1e6);
            }
        }

        return asked;
    }

    // {"update_id":7,"message":{"text":"…"}}
    private static string TextOf(SeenUpdate update)
    {
        using var json = JsonDocument.Parse(update.Json);
        return json.RootElement.GetProperty("message").GetProperty("text").GetString() ?? "";
    }
}

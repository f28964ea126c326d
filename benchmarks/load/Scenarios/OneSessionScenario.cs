using System.Diagnostics;
using System.Text.Json;
using Xopc.Load.Checks;
using Xopc.Load.Processes;
using Xopc.Load.Report;
using Xopc.Load.Wire;

namespace Xopc.Load.Scenarios;

/// <summary>Many clients talk in one session at once: every answer must be the right one, and the transcript must tell it in order.</summary>
internal static class OneSessionScenario
{
    private const int PageSize = 200;

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var gateway = await bench.GatewayAsync(cancellationToken);
        foreach (var count in (int[])[16, 64])
        {
            var (bad, details) = (new List<double>(), "");
            for (var run = 0; run < bench.Options.Runs; run++)
            {
                var book = new AnswerBook();
                var began = Stopwatch.GetTimestamp();
                var (turns, rows) = await TogetherAsync(gateway.Port, count, bench.Sizes, $"one{count}-{run}", book, cancellationToken);
                var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
                var check = TranscriptCheck.Of(rows, turns);
                bad.Add(book.Bad + check.Bad);
                details = $"{book}; {check}; {Figure.Format(turns.Count / seconds)} turns/s";
                if (bad[^1] > 0)
                {
                    bench.Report.Fail($"{count} clients in one session, run {run + 1}: {details}");
                }
            }

            bench.Report.Add(new Figure(
                $"one{count}.bad", $"{count} clients in one session: bad answers or rows", "", [bad.Max()], details, 0));
        }
    }

    /// <summary>Runs the clients and reads the transcript.</summary>
    internal static async Task<(IReadOnlyList<SeenTurn> Turns, IReadOnlyList<TranscriptRow> Rows)> TogetherAsync(
        int port, int count, Sizes sizes, string name, AnswerBook book, CancellationToken cancellationToken)
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => GatewayClient.OpenAsync(port, stream: false, cancellationToken)));
        var turns = await new ClosedLoop(clients, name, sizes.TokensPerAnswer, book).TogetherAsync(name, sizes.TurnsEachInOneSession, cancellationToken);
        var key = clients.OfType<GatewayClient>().Select(static client => client.SessionKey).FirstOrDefault(static key => key is not null)
            ?? throw new InvalidDataException("No answer named its session key.");
        Array.ForEach(clients, static client => client.Dispose());
        return (turns, await TranscriptAsync(port, key, cancellationToken));
    }

    /// <summary>Pages come newest first, each in the order of the conversation.</summary>
    private static async Task<List<TranscriptRow>> TranscriptAsync(int port, string key, CancellationToken cancellationToken)
    {
        using var connection = await WireConnection.OpenAsync(port, cancellationToken);
        var request = new WireRequest(GatewayLaunch.Token);
        var rows = new List<TranscriptRow>();
        while (true)
        {
            var (status, body) = await connection.AskAsync(
                request.Get($"/api/sessions/{Uri.EscapeDataString(key)}?limit={PageSize}&offset={rows.Count}"), cancellationToken);
            if (status != 200)
            {
                throw new InvalidDataException($"The transcript of {key} answered {status}.");
            }

            using var page = JsonDocument.Parse(body);
            var messages = page.RootElement.GetProperty("session").GetProperty("messages");
            rows.InsertRange(0, messages.EnumerateArray().Select(static message => new TranscriptRow(
                message.GetProperty("role").GetString() ?? "", Text(message.GetProperty("content")))));
            if (messages.GetArrayLength() < PageSize)
            {
                return rows;
            }
        }
    }

    // Content is a text, or blocks of which the texts count.
    private static string Text(JsonElement content) => content.ValueKind == JsonValueKind.String
        ? content.GetString() ?? ""
        : string.Concat(content.EnumerateArray().Select(static block => block.TryGetProperty("text", out var text) ? text.GetString() : ""));
}

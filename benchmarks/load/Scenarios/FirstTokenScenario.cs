using System.Diagnostics;
using Xopc.Load.Checks;
using Xopc.Load.Measuring;
using Xopc.Load.Model;
using Xopc.Load.Report;

namespace Xopc.Load.Scenarios;

/// <summary>What the gateway adds until the first token of a streamed answer; the model sends the rest of it later.</summary>
internal static class FirstTokenScenario
{
    private const int Batch = 20;
    private const int Tokens = 3;
    private const int PaceMs = 2;
    private const double Limit = 1;

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var gateway = await bench.GatewayAsync(cancellationToken);
        using var through = await GatewayClient.OpenAsync(gateway.Port, stream: true, cancellationToken);
        using var direct = await ModelClient.OpenAsync(bench.Model.Port, cancellationToken);
        var book = new AnswerBook();
        var (added, withIt, without) = (new List<double>(), new List<double>(), new List<double>());
        for (var run = 0; run < bench.Options.Runs; run++)
        {
            var (throughTimes, directTimes) = (new Samples(), new Samples());
            for (var i = 0; i < bench.Sizes.FirstTokens; i += Batch)
            {
                await TurnsAsync(direct, $"first-direct-{run}-{i}", directTimes, book, cancellationToken);
                await TurnsAsync(through, $"first-{run}-{i}", throughTimes, book, cancellationToken);
            }

            added.Add(throughTimes.P50 - directTimes.P50);
            withIt.Add(throughTimes.P50);
            without.Add(directTimes.P50);
        }

        bench.Conclude("first-token", book);
        bench.Report.Add(new Figure(
            "first-token.added.p50", "added time to first token, 1 client, p50", "ms", added,
            $"through {Figure.Format(Runs.Median(withIt))}, model alone {Figure.Format(Runs.Median(without))} ms", Limit));
    }

    private static async Task TurnsAsync(ITurnClient client, string name, Samples times, AnswerBook book, CancellationToken cancellationToken)
    {
        client.NewConversation(name);
        for (var turn = 0; turn < Batch; turn++)
        {
            var marker = $"{name}-{turn}";
            var start = Stopwatch.GetTimestamp();
            var answer = await client.AskAsync(EchoText.Message(marker, Tokens, PaceMs), null, cancellationToken);
            if (book.Judge(marker, Tokens, answer.Reply, turn + 1) is Verdict.Right)
            {
                times.Add(Stopwatch.GetElapsedTime(start, answer.FirstToken).TotalMilliseconds);
            }
        }
    }
}

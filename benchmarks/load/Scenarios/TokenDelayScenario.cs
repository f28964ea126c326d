using Xopc.Load.Checks;
using Xopc.Load.Measuring;
using Xopc.Load.Model;
using Xopc.Load.Report;

namespace Xopc.Load.Scenarios;

/// <summary>
/// 32 streams at once, each with a token every 20 ms: how long a token is on its way from the model's send to the client's read. The model stamps every token
/// with the moment of its sending; all processes read the same monotonic clock.
/// </summary>
internal static class TokenDelayScenario
{
    private const int Streams = 32;
    private const int PaceMs = 20;
    private const double Limit = 4;

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var gateway = await bench.GatewayAsync(cancellationToken);
        var through = await bench.GatewayClientsAsync(Streams, stream: true, gateway.Port, cancellationToken);
        var direct = await bench.ModelClientsAsync(Streams, cancellationToken);
        var book = new AnswerBook();
        var (delays, half, alone) = (new List<double>(), new List<double>(), new List<double>());
        for (var run = 0; run < bench.Options.Runs; run++)
        {
            alone.Add((await StreamAsync(direct, $"pace-direct-{run}", bench.Sizes.StreamedTokens, book, cancellationToken)).P99);
            var measured = await StreamAsync(through, $"pace-{run}", bench.Sizes.StreamedTokens, book, cancellationToken);
            delays.Add(measured.P99);
            half.Add(measured.P50);
        }

        Array.ForEach(through, static client => client.Dispose());
        Array.ForEach(direct, static client => client.Dispose());
        bench.Conclude("token-delay", book);
        bench.Report.Add(new Figure(
            "token.delay.p99", $"delay of a token, {Streams} streams, p99", "ms", delays,
            $"model alone {Figure.Format(Runs.Median(alone))} ms; p50 through {Figure.Format(Runs.Median(half))} ms", Limit));
    }

    private static async Task<Samples> StreamAsync(ITurnClient[] clients, string name, int tokens, AnswerBook book, CancellationToken cancellationToken) =>
        Samples.Merge(await Task.WhenAll(clients.Select(async (client, c) =>
        {
            // Real streams do not tick together: each begins somewhere else within the pace.
            await Task.Delay(TimeSpan.FromMilliseconds(c * PaceMs / (double)clients.Length), TimeProvider.System, cancellationToken);
            var (marker, delays) = ($"{name}-{c}", new Samples());
            client.NewConversation(marker);
            var answer = await client.AskAsync(EchoText.Message(marker, tokens, PaceMs), delays, cancellationToken);
            book.Judge(marker, tokens, answer.Reply, userMessages: 1);
            return delays;
        })));
}

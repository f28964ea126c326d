using System.Diagnostics;
using Xopc.Load.Checks;
using Xopc.Load.Measuring;
using Xopc.Load.Model;

namespace Xopc.Load.Scenarios;

/// <summary>Clients that ask again as soon as they have their answer.</summary>
internal sealed class ClosedLoop(IReadOnlyList<ITurnClient> clients, string name, int tokens, AnswerBook book)
{
    /// <summary>Every client in sessions of its own, a new one every <paramref name="turnsPerSession"/> turns, until the time is over.</summary>
    public Task<LoopResult> ForAsync(TimeSpan time, int turnsPerSession, CancellationToken cancellationToken)
    {
        var until = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        return RunAsync(turn => Stopwatch.GetTimestamp() < until, turnsPerSession, cancellationToken);
    }

    public Task<LoopResult> TurnsAsync(int turnsEach, int turnsPerSession, CancellationToken cancellationToken) =>
        RunAsync(turn => turn < turnsEach, turnsPerSession, cancellationToken);

    /// <summary>All clients in one session; every turn is remembered.</summary>
    public async Task<IReadOnlyList<SeenTurn>> TogetherAsync(string session, int turnsEach, CancellationToken cancellationToken)
    {
        var seen = new List<SeenTurn>[clients.Count];
        await Task.WhenAll(clients.Select(async (client, c) =>
        {
            client.NewConversation(session);
            seen[c] = [];
            for (var turn = 0; turn < turnsEach; turn++)
            {
                var marker = $"{name}-{c}-{turn}";
                var sent = Stopwatch.GetTimestamp();
                var answer = await client.AskAsync(EchoText.Message(marker, tokens), null, cancellationToken);
                seen[c].Add(new SeenTurn(marker, c, turn, sent, Stopwatch.GetTimestamp()));
                book.Judge(marker, tokens, answer.Reply, userMessages: 0);
            }
        }));
        return [.. seen.SelectMany(static turns => turns)];
    }

    private async Task<LoopResult> RunAsync(Func<int, bool> goOn, int turnsPerSession, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var parts = await Task.WhenAll(clients.Select((client, c) => AloneAsync(client, c, goOn, turnsPerSession, cancellationToken)));
        var all = Samples.Merge(parts);
        return new LoopResult(all, all.Count / Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    private async Task<Samples> AloneAsync(ITurnClient client, int c, Func<int, bool> goOn, int turnsPerSession, CancellationToken cancellationToken)
    {
        var samples = new Samples();
        for (var turn = 0; goOn(turn); turn++)
        {
            if (turn % turnsPerSession == 0)
            {
                client.NewConversation($"{name}-{c}-{turn / turnsPerSession}");
            }

            var marker = $"{name}-{c}-{turn}";
            var start = Stopwatch.GetTimestamp();
            var answer = await client.AskAsync(EchoText.Message(marker, tokens), null, cancellationToken);
            var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (book.Judge(marker, tokens, answer.Reply, (turn % turnsPerSession) + 1) is Verdict.Right)
            {
                samples.Add(elapsed); // a refusal is fast: it must not make the figures better
            }
        }

        return samples;
    }
}

/// <summary>Times of the turns that were answered right, and how many of them there were per second.</summary>
internal sealed record LoopResult(Samples Times, double PerSecond);

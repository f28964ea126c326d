using Xopc.Testing.Models;

namespace Xopc.EndToEnd.Tests;

/// <summary>
/// Processes are killed without a word at random moments, again and again over the same state, while clients of every kind talk to it: every message that
/// was accepted has exactly one outcome, in order, and what a client was shown is what the transcript holds. A seeded sample here; 60 kills with
/// <c>XOPC_TEST_FULL=1</c>. The seed is in the failure's message and can be given as <c>XOPC_TEST_SEED</c>.
/// </summary>
public sealed class KillMatrixTests
{
    private static readonly bool Full = Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1";

    [Theory]
    [InlineData(Shape.OneProcess, 3, 30)]
    [InlineData(Shape.TwoReplicas, 3, 30)]
    public async Task Every_accepted_message_has_exactly_one_outcome_whatever_dies_when(Shape shape, int sample, int full)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("XOPC_TEST_SEED"), out var given) ? given : Environment.TickCount;
        var random = new Random(seed);
        await using var xopc = await Deployment.StartAsync(shape);
        await File.WriteAllTextAsync(Path.Combine(xopc.State, "workspace", "note.txt"), TalkingClient.Note, Wait.Cancelled);
        var figures = new KillFigures();
        var rounds = Full ? full : sample;
        for (var round = 0; round < rounds; round++)
        {
            await RoundAsync(xopc, shape, random, $"r{round}", figures, $"seed {seed}, round {round}");
        }

        Assert.Equal(0, await xopc.CountAsync("SELECT COUNT(*) FROM inbox WHERE ended_ms IS NULL"));
        Assert.Equal(0, await xopc.CountAsync("SELECT COUNT(*) FROM runs WHERE ended_ms IS NULL"));
        Assert.Equal(0, await xopc.CountAsync("SELECT COUNT(*) FROM dead_letters"));
        Assert.Equal(figures.Turns, await xopc.CountAsync("SELECT COUNT(*) FROM inbox WHERE state = 'done'"));
        TestContext.Current.TestOutputHelper?.WriteLine($"{shape}, seed {seed}: {rounds} kills, {figures}");
    }

    private static async Task RoundAsync(Deployment xopc, Shape shape, Random random, string round, KillFigures figures, string where)
    {
        // The moment: after so many pieces of answers have left the model, over all sessions; and a little more, so that it is not always between two pieces.
        var (killAt, later) = (random.Next(60), random.Next(30));
        var pieces = 0;
        var moment = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task Count(int piece)
        {
            if (Interlocked.Increment(ref pieces) > killAt)
            {
                moment.TrySetResult();
            }

            return Task.CompletedTask;
        }

        xopc.Model.ForModel("echo", new ModelScript { Echoes = true, Gate = Count, BetweenTokens = TimeSpan.FromMilliseconds(5) });
        xopc.Model.ForModel("slow", new ModelScript { Echoes = true, Gate = Count, BetweenTokens = TimeSpan.FromMilliseconds(120) });
        xopc.Model.ForModel("tools", new ModelScript
        {
            Tokens = TalkingClient.BeforeTheTool, ToolCalls = [new("c1", "read_file", """{"path":"note.txt"}""")], Gate = Count, BetweenTokens = TimeSpan.FromMilliseconds(40),
        });

        var clients = TalkingClient.OneOfEach(xopc, round, random, figures, where);
        var talking = Task.WhenAll(clients.Select(client => client.TalkAsync()));
        await Task.WhenAny(moment.Task, talking);
        await Task.Delay(later, Wait.Cancelled);
        await KillAsync(xopc, shape, random);
        await talking;

        foreach (var client in clients)
        {
            client.Check(await xopc.Edge.MessagesAsync(client.Session));
        }
    }

    private static Task KillAsync(Deployment xopc, Shape shape, Random random)
    {
        var victim = shape == Shape.OneProcess ? 0 : random.Next(3);
        return victim == 2 ? xopc.KillAndRestartEdgeAsync() : KillAgentsAsync(xopc, victim);
    }

    private static async Task KillAgentsAsync(Deployment xopc, int replica)
    {
        await xopc.KillReplicaAsync(replica);
        await xopc.StartAgentsAsync(replica);
    }
}

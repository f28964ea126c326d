using System.Text.Json.Nodes;
using Xopc.Testing.Models;

namespace Xopc.EndToEnd.Tests;

/// <summary>
/// The gateway is killed without a word at random moments of random turns, again and again over the same state: every message that was accepted has
/// exactly one outcome. A seeded sample here; 50 kills with <c>XOPC_TEST_FULL=1</c>. The seed is in the failure's message.
/// </summary>
public sealed class KillMatrixTests
{
    private const int Sessions = 4;
    private const int MessagesPerSession = 5;

    private static readonly bool Full = Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1";

    [Fact]
    public async Task Every_accepted_message_has_exactly_one_outcome_whenever_the_process_dies()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("XOPC_TEST_SEED"), out var given) ? given : Environment.TickCount;
        var random = new Random(seed);
        await using var xopc = await Deployment.StartAsync(Shape.OneProcess);
        for (var round = 0; round < (Full ? 50 : 4); round++)
        {
            await KillOnceAsync(xopc, random, $"r{round}", $"seed {seed}, round {round}");
        }
    }

    private static async Task KillOnceAsync(Deployment xopc, Random random, string round, string where)
    {
        // The moment: after so many pieces of answers have left the model, over all sessions.
        var killAt = random.Next(Sessions * MessagesPerSession * 4);
        var pieces = 0;
        var moment = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        xopc.Model.ForModel("echo", new ModelScript
        {
            Tokens = ["a", "b", "c"],
            Gate = _ =>
            {
                if (Interlocked.Increment(ref pieces) > killAt)
                {
                    moment.TrySetResult();
                }

                return Task.CompletedTask;
            },
        });
        var asking = Enumerable.Range(0, Sessions).Select(session => AskAllAsync(xopc, round, session)).ToArray();
        await Task.WhenAny(moment.Task, Task.WhenAll(asking));
        await xopc.KillAndRestartAgentsAsync();
        await Task.WhenAll(asking);

        // Whoever got no answer asks again with the same key: accepted before or not, it is one turn.
        for (var session = 0; session < Sessions; session++)
        {
            for (var i = 0; i < MessagesPerSession; i++)
            {
                var (status, body) = await AskAsync(xopc, round, session, i);
                Assert.True(status is 200 or 502, $"{where}: {round}-{session}-{i} ended with {status} {body}");
            }

            var transcript = await xopc.TranscriptAsync($"{round}-{session}");
            Assert.True(transcript.Count == 2 * MessagesPerSession, $"{where}: session {session} holds {transcript.Count} messages: {string.Join(" | ", transcript)}");
            for (var i = 0; i < transcript.Count; i += 2)
            {
                Assert.True(
                    transcript[i] is ("user", _, _) && transcript[i + 1] is { Role: "assistant" } answer && (answer.Content == "abc" || answer.Stop == "interrupted"),
                    $"{where}: session {session} at {i}: {transcript[i]} {transcript[i + 1]}");
            }

            var asked = transcript.Where(m => m.Role == "user").Select(m => m.Content).ToList();
            Assert.True(asked.Distinct().Count() == MessagesPerSession, $"{where}: session {session} has a message twice: {string.Join(", ", asked)}");
        }
    }

    private static async Task AskAllAsync(Deployment xopc, string round, int session)
    {
        for (var i = 0; i < MessagesPerSession; i++)
        {
            try
            {
                await AskAsync(xopc, round, session, i);
            }
            catch (Exception ex) when (ex is HttpRequestException or IOException)
            {
                return; // killed under us
            }
        }
    }

    private static Task<(int Status, JsonNode? Body)> AskAsync(Deployment xopc, string round, int session, int i) =>
        xopc.AskAsync($"{round}-{session}-{i}", $"{round}-{session}", ("Idempotency-Key", $"{round}-{session}-{i}"));
}

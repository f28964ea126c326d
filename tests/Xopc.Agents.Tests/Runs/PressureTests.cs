using Microsoft.Extensions.DependencyInjection;
using Xopc.Storage;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Runs;

public sealed class PressureTests : IAsyncLifetime
{
    private FakeOpenAiServer _model = null!;

    public async ValueTask InitializeAsync() => _model = await FakeOpenAiServer.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public async Task Sixty_four_clients_on_one_session_get_their_own_answers_in_order()
    {
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl);

        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(async client =>
        {
            var replies = new List<string>();
            for (var i = 0; i < 3; i++)
            {
                var (status, body) = await host.AskAsync($"{client}-{i}", "shared");
                Assert.Equal(200, status);
                replies.Add((string)body!["reply"]!);
            }

            return (client, replies);
        }));

        Assert.All(answers, answer => Assert.Equal(Enumerable.Range(0, 3).Select(i => $"{answer.client}-{i}"), answer.replies));
        var (_, page) = await host.GetAsync("/api/sessions/main:webchat:default:direct:shared?limit=200");
        Assert.Equal(384, (int)page!["session"]!["messageCount"]!);
        var transcript = await host.TranscriptAsync("main:webchat:default:direct:shared");
        for (var i = 0; i < transcript.Count; i += 2)
        {
            Assert.Equal(("user", "assistant"), (transcript[i].Role, transcript[i + 1].Role));
            Assert.Equal(transcript[i].Content, transcript[i + 1].Content);
        }

        var questions = transcript.Where(m => m.Role == "user").Select(m => m.Content.Split('-')).GroupBy(parts => parts[0], parts => int.Parse(parts[1]));
        Assert.All(questions, client => Assert.Equal(client.Order(), client));
    }

    [Fact]
    public async Task An_answer_that_finds_the_disk_full_is_kept_and_written_when_there_is_room()
    {
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl);
        var database = host.Services.GetRequiredKeyedService<Database>(AgentsSchema.Database);
        var release = new TaskCompletionSource();
        var answer = new string('x', 300_000);
        _model.Enqueue(new ModelScript { Tokens = [answer], Gate = n => n == 0 ? release.Task : Task.CompletedTask });
        var asked = host.AskAsync("fill it", "full");
        await _model.RequestArrivedAsync(AgentsHost.Cancelled);
        var pages = await database.ReadAsync(reader => (long)reader.Scalar("PRAGMA page_count")!, AgentsHost.Cancelled);
        await RoomAsync(database, pages + 8);

        release.SetResult();
        await UntilFullAsync(database);
        Assert.False(asked.IsCompleted);
        Assert.Equal("STORAGE_UNAVAILABLE", (string)(await host.AskAsync(new string('y', 200_000), "other")).Body!["error"]!["code"]!);
        await RoomAsync(database, 1_000_000);
        var (status, body) = await asked;

        Assert.Equal((200, answer), (status, (string)body!["reply"]!));
        Assert.Equal(["fill it", answer], (await host.TranscriptAsync("main:webchat:default:direct:full")).Select(m => m.Content));
    }

    private static async Task RoomAsync(Database database, long pages)
    {
        using var limit = new CancellationTokenSource(AgentsHost.Generous);
        while (true)
        {
            try
            {
                await database.WriteAsync(tx => { tx.Execute($"PRAGMA max_page_count={pages}"); }, AgentsHost.Cancelled);
                return;
            }
            catch (DatabaseUnavailableException) when (!limit.IsCancellationRequested)
            {
                await Task.Yield(); // it has stopped taking writes until it finds room itself
            }
        }
    }

    private static async Task UntilFullAsync(Database database)
    {
        using var limit = new CancellationTokenSource(AgentsHost.Generous);
        while (database.Health.Writable)
        {
            Assert.False(limit.IsCancellationRequested, "The database did not become full.");
            await Task.Yield();
        }
    }
}

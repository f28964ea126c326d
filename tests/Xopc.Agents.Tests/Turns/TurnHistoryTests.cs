using Microsoft.Extensions.DependencyInjection;
using Xopc.Agents.Runs;
using Xopc.Agents.Transcripts;
using Xopc.Agents.Turns;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;
using Xopc.Testing.Models;
using Xopc.Testing.Storage;

namespace Xopc.Agents.Tests.Turns;

/// <summary>What a model is shown of the conversation, which is remembered from turn to turn, is what the transcript has.</summary>
public sealed class TurnHistoryTests : IAsyncLifetime
{
    private const string Key = "main:webchat:default:direct:default";
    private FakeOpenAiServer _model = null!;

    public async ValueTask InitializeAsync() => _model = await FakeOpenAiServer.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public async Task Every_turn_shows_the_whole_conversation_before_and_after_a_restart()
    {
        using var directory = new TempDirectory();
        var expected = new List<string>();
        await using (var host = await AgentsHost.StartAsync(_model.BaseUrl, directory.Path))
        {
            await AskAsync(host, expected, "one", "two", "three");
        }

        await using var again = await AgentsHost.StartAsync(_model.BaseUrl, directory.Path);
        await AskAsync(again, expected, "four", "five");
    }

    [Fact]
    public async Task A_session_that_was_deleted_and_made_again_remembers_nothing()
    {
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl);
        await AskAsync(host, [], "one", "two");
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Delete, $"/api/sessions/{Key}")).Status);

        await AskAsync(host, [], "new one", "new two");
    }

    [Fact]
    public async Task What_another_process_answered_in_between_is_shown_too()
    {
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl);
        var expected = new List<string>();
        await AskAsync(host, expected, "one", "two");
        await AnswerElsewhereAsync(host, "asked elsewhere", "answered elsewhere");
        expected.AddRange(["asked elsewhere", "answered elsewhere"]);

        await AskAsync(host, expected, "three", "four");
    }

    [Fact]
    public void Another_version_of_a_transcript_is_not_found()
    {
        using var recent = new RecentTranscripts();
        var version = new TranscriptVersion(TurnNo: 3, CreatedMs: 1, Messages: 6);
        recent.Keep(Key, version, [Message("user", "hello")]);

        Assert.Single(recent.Find(Key, version with { })!);
        Assert.Null(recent.Find(Key, version with { TurnNo = 4 }));
        Assert.Null(recent.Find(Key, version with { CreatedMs = 2 }));
        Assert.Null(recent.Find(Key, version with { Messages = 7 }));
        Assert.Null(recent.Find(Key + "x", version));
    }

    [Fact]
    public void Words_that_wait_behind_the_turn_do_not_change_the_version_before_it() =>
        Assert.Equal(TranscriptVersion.After(3, 1, messageCount: 6, turnCount: 3), TranscriptVersion.After(3, 1, messageCount: 9, turnCount: 6));

    /// <summary>Asks one by one; each time the model must be shown all of <paramref name="said"/> and the question, to which it answers the same words.</summary>
    private async Task AskAsync(AgentsHost host, List<string> said, params string[] messages)
    {
        foreach (var message in messages)
        {
            Assert.Equal(200, (await host.AskAsync(message)).Status);
            Assert.Equal([.. said, message], Shown());
            said.AddRange([message, message]);
        }
    }

    private IEnumerable<string> Shown() => _model.Requests[^1].Body.GetProperty("messages").EnumerateArray()
        .Where(message => message.GetProperty("role").GetString() != "system").Select(message => message.GetProperty("content").ToString());

    private static async Task AnswerElsewhereAsync(AgentsHost host, string question, string answer)
    {
        var request = new TurnRequested(Key, "");
        var database = host.Services.GetRequiredKeyedService<Database>(AgentsSchema.Database);
        await database.WriteAsync(
            tx =>
            {
                var (_, claimed) = TurnStore.Accept(
                    tx, new TurnSubmission("t-elsewhere", SessionKey.Parse(Key, null), Principal.Operator, Message("user", question), request, "", null),
                    "run-elsewhere", 100, "another process", claim: true, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
                TurnStore.Complete(
                    tx, claimed!, new TurnResult(request, new RunOutcome(RunStates.Ok, answer, null), [Message("assistant", answer)]),
                    new RunTrace(1, false, 0), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            },
            AgentsHost.Cancelled);
    }

    private static TranscriptMessage Message(string role, string content) => new() { Role = role, Content = content, Timestamp = DateTimeOffset.UnixEpoch };
}

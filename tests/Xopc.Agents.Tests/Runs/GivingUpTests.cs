using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Agents.Runs;
using Xopc.Agents.Transcripts;
using Xopc.Agents.Turns;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;
using Xopc.Testing.Models;
using Xopc.Testing.Storage;

namespace Xopc.Agents.Tests.Runs;

/// <summary>What a process finds that dead ones left behind.</summary>
public sealed class GivingUpTests : IAsyncLifetime
{
    private const string Key = "main:webchat:default:direct:s";
    private const string RunId = "01990000-0000-7000-8000-000000000001";
    private readonly TempDirectory _state = new();
    private FakeOpenAiServer _model = null!;

    public async ValueTask InitializeAsync() => _model = await FakeOpenAiServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _model.DisposeAsync();
        _state.Dispose();
    }

    [Fact]
    public async Task A_turn_that_killed_its_process_three_times_is_closed_with_an_error_and_the_session_goes_on()
    {
        await LeaveBehindAsync(attempts: 3);
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl, _state.Path);

        using var stream = await host.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{RunId}/events");
        var all = await stream.ToEndAsync();
        var next = await host.AskAsync("next", "s");

        Assert.Equal("error", (string)Assert.Single(all, e => e.Type == "result").Json["payload"]!["status"]!);
        Assert.Contains("3 times", (string)all.Last(e => e.Type == "error").Json["content"]!, StringComparison.Ordinal);
        Assert.Equal("next", (string)next.Body!["reply"]!);
        Assert.Equal([("user", "left"), ("assistant", ""), ("user", "next"), ("assistant", "next")], await host.TranscriptAsync(Key));
        Assert.Empty(await LettersAsync(host));
        Assert.Single(_model.Requests);
    }

    [Fact]
    public async Task A_turn_that_cannot_even_be_closed_goes_to_the_dead_letters_and_its_client_is_told()
    {
        await LeaveBehindAsync(attempts: 4);
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl, _state.Path);

        using var stream = await host.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{RunId}/events");
        var all = await stream.ToEndAsync();
        var next = await host.AskAsync("next", "s");

        Assert.Equal("error", (string)Assert.Single(all, e => e.Type == "result").Json["payload"]!["status"]!);
        Assert.Contains("dead letters", (string)all.Last(e => e.Type == "error").Json["content"]!, StringComparison.Ordinal);
        Assert.Equal("next", (string)next.Body!["reply"]!);
        var letter = Assert.Single(await LettersAsync(host));
        Assert.Equal(("api:operator:agent:k", 5), (letter.Id, letter.Attempts));
        Assert.Contains("dead letters", letter.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_steered_into_a_turn_whose_process_died_are_answered_with_it()
    {
        await LeaveBehindAsync(attempts: 1, tx => RunStore.Steer(tx, RunId, "operator", "also that"));
        _model.Enqueue(ModelScript.Say("first."), ModelScript.Say(" Then this."));
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl, _state.Path);

        using var stream = await host.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{RunId}/events");
        var all = await stream.ToEndAsync();

        Assert.Equal("ok", (string)all[^1].Json["payload"]!["status"]!);
        Assert.Equal([("user", "left"), ("assistant", "first."), ("user", "also that"), ("assistant", " Then this.")], await host.TranscriptAsync(Key));
    }

    [Fact]
    public async Task Words_steered_into_a_turn_that_cannot_go_on_stay_in_the_transcript()
    {
        await LeaveBehindAsync(attempts: 1, tx =>
        {
            RunStore.Journal(tx, RunId, "operator", 1, 2, "I was about to");
            RunStore.Steer(tx, RunId, "operator", "also that");
        });
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl, _state.Path);

        using var stream = await host.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{RunId}/events");
        var all = await stream.ToEndAsync();

        Assert.Equal("interrupted", (string)all[^1].Json["payload"]!["status"]!);
        Assert.Equal([("user", "left"), ("assistant", "I was about to"), ("user", "also that")], await host.TranscriptAsync(Key));
        Assert.Empty(_model.Requests);
    }

    // The file of a process that took the turn so often and died each time.
    private async Task LeaveBehindAsync(int attempts, Action<DatabaseTransaction>? also = null)
    {
        Directory.CreateDirectory(_state.File("data"));
        await using var test = TestDatabase.OpenAt(Path.Combine(_state.File("data"), "agents.db"), null, AgentsSchema.Series);
        var body = new AgentRequest { Message = "left", Session = "s" };
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(body, AgentsJson.Default.AgentRequest)));
        var submission = new TurnSubmission(
            "api:operator:agent:k", SessionKey.Parse(Key, null), Principal.Operator, new TranscriptMessage { Role = "user", Content = "left", Timestamp = DateTimeOffset.UnixEpoch },
            new TurnRequested(Key, ""), hash, null);
        await test.Database.WriteAsync(
            tx =>
            {
                var (_, claimed) = TurnStore.Accept(tx, submission, RunId, 10, "dead", claim: true, 0);
                tx.Execute("UPDATE inbox SET attempt = @attempts", ("attempts", (long)attempts));
                tx.Execute("UPDATE key_leases SET until_ms = 0");
                also?.Invoke(tx);
                return claimed;
            },
            AgentsHost.Cancelled);
    }

    private static ValueTask<List<DeadLetter>> LettersAsync(AgentsHost host) =>
        host.Services.GetRequiredKeyedService<Database>(AgentsSchema.Database).ReadAsync(reader => DeadLetters.List(reader, 0, 10), AgentsHost.Cancelled);
}

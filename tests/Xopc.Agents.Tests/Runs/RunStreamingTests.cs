using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Contracts.Runs;
using Xopc.Messaging;
using Xopc.Storage;
using Xopc.Testing.Http;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Runs;

public sealed class RunStreamingTests : IAsyncLifetime
{
    private FakeOpenAiServer _model = null!;

    public async ValueTask InitializeAsync() => _model = await FakeOpenAiServer.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory]
    [InlineData(null)]
    [InlineData("1.3")]
    [InlineData("1.4000")]
    public async Task Who_comes_too_late_for_the_first_updates_gets_the_whole_text_and_what_follows(string? lastEventId)
    {
        var (pieces, gates) = (Enumerable.Range(0, 50).Select(i => $"{i} ").ToArray(), Enumerable.Range(0, 51).Select(_ => new TaskCompletionSource()).ToArray());
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl, build: builder => builder.Configuration["Messaging:RunUpdates"] = "16");
        _model.Enqueue(new ModelScript { Tokens = pieces, Gate = piece => gates[piece].Task });
        using var stream = await host.StreamAsync(HttpMethod.Post, "/api/agent", new JsonObject { ["message"] = "many" });
        var runId = (string)(await stream.NextAsync())!.Json["runId"]!;
        for (var i = 0; i < 40; i++)
        {
            gates[i].SetResult(); // one by one: what comes together is one update
            await stream.UntilAsync(e => e.Type == "token");
        }

        using var late = await host.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{runId}/events", lastEventId: lastEventId);
        var reset = await late.UntilAsync(e => e.Type == "reset");
        foreach (var gate in gates[40..])
        {
            gate.SetResult();
        }

        var rest = await late.ToEndAsync();

        Assert.StartsWith("0 1 2 ", (string)reset.Json["content"]!, StringComparison.Ordinal);
        Assert.Equal(string.Concat(pieces), rest.Aggregate((string)reset.Json["content"]!, Reassemble));
        Assert.Equal("ok", (string)Assert.Single(rest, e => e.Type == "result").Json["payload"]!["status"]!);
    }

    [Fact]
    public async Task An_id_that_another_run_gave_brings_the_whole_run()
    {
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl);
        var (_, body) = await host.AskAsync("one two three");

        using var stream = await host.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{body!["runId"]}/events", lastEventId: "7.77");
        var all = await stream.ToEndAsync();

        Assert.Equal("reset", all[0].Type);
        Assert.Equal("one two three", all.Aggregate("held from elsewhere", Reassemble));
        Assert.Single(all, e => e.Type == "result");
    }

    [Fact]
    public async Task The_end_of_a_run_whose_process_died_before_its_last_words_is_told_from_the_database()
    {
        var log = new SilentLog();
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl, build: builder => builder.Services.AddSingleton<IRunLog>(log));
        var (_, body) = await host.AskAsync("whole answer");
        var runId = (string)body!["runId"]!;

        log.Shows(new RunUpdate(new RunUpdateId(1, 1), "token", """{"type":"token","content":"whole"}"""u8.ToArray()));
        using var stream = await host.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{runId}/events");
        var all = await stream.ToEndAsync();

        Assert.Equal("whole answer", all.Aggregate("", Reassemble));
        Assert.Equal("ok", (string)Assert.Single(all, e => e.Type == "result").Json["payload"]!["status"]!);
    }

    [Fact]
    public async Task A_run_of_another_process_that_was_run_again_is_shown_from_where_it_began_anew()
    {
        var log = new SilentLog();
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl, build: builder => builder.Services.AddSingleton<IRunLog>(log));
        var (_, body) = await host.AskAsync("x");
        var runId = (string)body!["runId"]!;
        await host.Services.GetRequiredKeyedService<Database>(AgentsSchema.Database).WriteAsync(
            tx => { tx.Execute("UPDATE runs SET state = 'open', ended_ms = NULL, reply = NULL WHERE run_id = @run", ("run", runId)); }, AgentsHost.Cancelled);

        // Of the answer so far the journal has nothing yet: the updates themselves say all of it.
        log.IsIncomplete = true;
        log.Shows(
            new RunUpdate(new RunUpdateId(2, 1), "reset", """{"type":"reset","content":"","reason":"again"}"""u8.ToArray()),
            new RunUpdate(new RunUpdateId(2, 2), "token", """{"type":"token","content":"anew"}"""u8.ToArray()),
            new RunUpdate(new RunUpdateId(2, 3), "result", """{"ok":true,"payload":{"status":"ok"}}"""u8.ToArray(), IsTerminal: true));
        using var stream = await host.StreamAsync(HttpMethod.Get, $"/api/agent/runs/{runId}/events", lastEventId: "1.7");
        var all = await stream.ToEndAsync();

        Assert.Equal("anew", all.Aggregate("what the dead process said", Reassemble));
        Assert.Equal(["2.1", "2.2", "2.3"], all.Select(e => e.Id));
    }

    private static string Reassemble(string text, SseEvent update) => update.Type switch
    {
        "token" => text + (string)update.Json["content"]!,
        "reset" => (string)update.Json["content"]!,
        _ => text,
    };

    /// <summary>The log of a run in another process: what it shows, and then silence.</summary>
    private sealed class SilentLog : IRunLog, IRunLogWriter
    {
        private RunUpdate[] _shown = [];

        public bool IsIncomplete { get; set; }

        public void Shows(params RunUpdate[] updates) => _shown = updates;

        public IRunLogWriter Open(string runId) => this;

        public void Append(RunUpdate update)
        {
        }

        public void Abandon()
        {
        }

        public ValueTask<bool> ExistsAsync(string runId, CancellationToken cancellationToken) => new(_shown.Length > 0);

        public async IAsyncEnumerable<RunUpdates> ReadAsync(string runId, RunUpdateId? after, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            RunUpdate[] rest = [.. _shown.Where(update => after is not { } position || update.Id > position)];
            if (rest.Length > 0)
            {
                yield return new RunUpdates(rest, !IsIncomplete);
            }

            while (rest is not [.., { IsTerminal: true }])
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                yield return new RunUpdates([], true);
            }
        }
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Commands;

/// <summary>What channels ask for over the stream of turns, as it arrives.</summary>
public sealed class SessionCommandsTests : IAsyncLifetime
{
    private const string Session = "main:telegram:home:dm:main";
    private FakeOpenAiServer _model = null!;
    private int _next;

    public async ValueTask InitializeAsync() => _model = await FakeOpenAiServer.StartAsync();

    public async ValueTask DisposeAsync() => await _model.DisposeAsync();

    [Fact]
    public async Task Stop_is_carried_out_while_a_turn_hangs_and_answered()
    {
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl);
        var never = new TaskCompletionSource();
        _model.Enqueue(new ModelScript { Tokens = ["never"], Gate = _ => never.Task });
        await AcceptAsync(host, "think for ever");
        await _model.RequestArrivedAsync(AgentsHost.Cancelled);

        await AcceptAsync(host, "", "stop");
        never.SetResult();

        Assert.Equal("Stopped.", await AnswerAsync(host, "command:"));
        await UntilAsync(host, "SELECT COUNT(*) FROM runs WHERE state = 'aborted'", 1);
    }

    [Fact]
    public async Task A_new_conversation_lays_the_old_one_aside_and_loses_nothing()
    {
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl);
        await AcceptAsync(host, "one");
        await UntilAsync(host, "SELECT COUNT(*) FROM runs WHERE state = 'ok'", 1);

        await AcceptAsync(host, "", "new");
        await AcceptAsync(host, "two");
        await UntilAsync(host, "SELECT COUNT(*) FROM runs WHERE state = 'ok'", 2);

        Assert.Equal(["two", "two"], (await host.TranscriptAsync(Session)).Select(message => message.Content));
        var archived = (await host.GetAsync("/api/sessions?status=archived")).Body!["items"]!.AsArray();
        var key = (string)Assert.Single(archived)!["key"]!;
        Assert.StartsWith(Session + ":scope:", key, StringComparison.Ordinal);
        Assert.Equal(["one", "one"], (await host.TranscriptAsync(key)).Select(message => message.Content));
    }

    [Fact]
    public async Task What_steers_goes_into_the_running_turn_and_what_interrupts_ends_it()
    {
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl);
        var release = new TaskCompletionSource();
        _model.Enqueue(new ModelScript { Tokens = ["first"], Gate = _ => release.Task });
        await AcceptAsync(host, "begin");
        await _model.RequestArrivedAsync(AgentsHost.Cancelled);

        await AcceptAsync(host, "also this", busy: "steer");
        release.SetResult();
        await UntilAsync(host, "SELECT COUNT(*) FROM runs WHERE state = 'ok'", 1);
        Assert.Equal(1, await CountAsync(host, "SELECT COUNT(*) FROM runs"));
        Assert.Contains(await host.TranscriptAsync(Session), message => message is { Role: "user", Content: "also this" });

        var never = new TaskCompletionSource();
        _model.Enqueue(new ModelScript { Tokens = ["never"], Gate = _ => never.Task });
        await AcceptAsync(host, "hang");
        await _model.RequestArrivedAsync(AgentsHost.Cancelled);
        await AcceptAsync(host, "no, this", busy: "interrupt");
        await UntilAsync(host, "SELECT COUNT(*) FROM runs WHERE state = 'aborted'", 1);
        never.SetResult();
        await UntilAsync(host, "SELECT COUNT(*) FROM runs WHERE state = 'ok'", 2);
    }

    [Fact]
    public async Task Words_for_another_place_than_the_running_answers_get_a_turn_of_their_own()
    {
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl);
        var release = new TaskCompletionSource();
        _model.Enqueue(new ModelScript { Tokens = ["over HTTP"], Gate = _ => release.Task });
        var asked = host.SendAsync(HttpMethod.Post, "/api/agent", new JsonObject { ["message"] = "begin", ["sessionKey"] = Session });
        await _model.RequestArrivedAsync(AgentsHost.Cancelled);

        await AcceptAsync(host, "and me?", busy: "steer");
        release.SetResult();
        await asked;
        await UntilAsync(host, "SELECT COUNT(*) FROM runs WHERE state = 'ok'", 2);

        Assert.Equal("and me?", await AnswerAsync(host, "reply:telegram:"));
    }

    [Fact]
    public async Task A_person_whose_message_finds_the_queue_full_is_told()
    {
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl, configure: config => config["session"]!["queueCapacity"] = 1);
        var never = new TaskCompletionSource();
        _model.Enqueue(new ModelScript { Tokens = ["never"], Gate = _ => never.Task });
        await AcceptAsync(host, "one");
        await _model.RequestArrivedAsync(AgentsHost.Cancelled);

        await AcceptAsync(host, "two");
        await AcceptAsync(host, "", "stop");
        never.SetResult();

        Assert.Contains("This one was not taken", await AnswerAsync(host, "busy:"), StringComparison.Ordinal);
        Assert.Equal("Stopped.", await AnswerAsync(host, "command:"));
    }

    [Theory]
    [InlineData("model", "", "fake/echo")]
    [InlineData("model", "fake/slow", "This conversation goes on with fake/slow.")]
    [InlineData("model", "nobody/nothing", "There is no model nobody/nothing")]
    [InlineData("think", "high", "Thinking: high")]
    [InlineData("think", "very", "Thinking is one of")]
    [InlineData("status", "", "Now: idle")]
    [InlineData("help", "", "/stop")]
    [InlineData("start", "", "Hello.")]
    public async Task Commands_answer(string command, string arguments, string expected)
    {
        await using var host = await AgentsHost.StartAsync(_model.BaseUrl);

        await AcceptAsync(host, arguments, command);

        Assert.Contains(expected, await AnswerAsync(host, "command:"), StringComparison.Ordinal);
    }

    private async Task AcceptAsync(AgentsHost host, string text, string? command = null, string? busy = null)
    {
        var request = new TurnRequested(Session, text, new DeliveryTarget("telegram", "home", "dm", "42"), Command: command, Busy: busy);
        var message = new StreamMessage(
            $"telegram:home:{_next++}", WorkStreams.Turns, command is null ? Session : TurnRequested.CommandKey(Session),
            JsonSerializer.SerializeToUtf8Bytes(request, ContractsJson.Default.TurnRequested), "agents", "telegram:42");
        // Through an outbox, as from a channel: here the service's own.
        await host.Services.GetRequiredKeyedService<Database>("agents").WriteAsync(tx => Outbox.Add(tx, message, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()), AgentsHost.Cancelled);
        await UntilAsync(host, $"SELECT COUNT(*) FROM inbox WHERE id = '{message.Id}'", 1);
    }

    // Nobody takes deliveries here: they wait in the outbox.
    private static async Task<string> AnswerAsync(AgentsHost host, string prefix)
    {
        var database = host.Services.GetRequiredKeyedService<Database>("agents");
        var body = await database.ReadAsync(
            reader => reader.QueryFirst("SELECT body FROM outbox WHERE id LIKE @id", static row => row.GetFieldValue<byte[]>(0), ("id", prefix + "%")), AgentsHost.Cancelled);
        return (string)JsonNode.Parse(body!)!["text"]!;
    }

    private static async Task<long> CountAsync(AgentsHost host, string sql) =>
        (long)(await host.Services.GetRequiredKeyedService<Database>("agents").ReadAsync(reader => reader.Scalar(sql), AgentsHost.Cancelled))!;

    private static async Task UntilAsync(AgentsHost host, string sql, long count)
    {
        // Workers write it, and tell nobody here.
        using var limit = new CancellationTokenSource(AgentsHost.Generous);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await CountAsync(host, sql) < count)
        {
            Assert.True(await pace.WaitForNextTickAsync(limit.Token), sql);
        }
    }
}

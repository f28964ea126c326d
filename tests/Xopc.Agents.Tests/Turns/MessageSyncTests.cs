using System.Text.Json.Nodes;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Turns;

public sealed class MessageSyncTests : IAsyncLifetime
{
    private FakeOpenAiServer _model = null!;

    public async ValueTask InitializeAsync() => _model = await FakeOpenAiServer.StartAsync();

    public async ValueTask DisposeAsync() => await _model.DisposeAsync();

    [Fact]
    public async Task The_answer_comes_back_from_the_session_to_which_the_conversation_is_routed()
    {
        await using var host = await HostAsync();

        var (status, body) = await host.SendAsync(HttpMethod.Post, "/api/message/sync", Message("hello"));

        Assert.Equal((200, "ok", "hello", "main:telegram:home:dm:main"), (status, (string)body!["status"]!, (string)body["reply"]!, (string)body["sessionKey"]!));
        Assert.Equal([("user", "hello"), ("assistant", "hello")], await host.TranscriptAsync("main:telegram:home:dm:main"));
    }

    [Theory]
    [InlineData("""{"channel":"carrier-pigeon"}""", 404, "CHANNEL_NOT_FOUND")]
    [InlineData("""{"accountId":"other"}""", 400, "INVALID_REQUEST")]
    [InlineData("""{"accountId":"off"}""", 409, "CONFLICT")]
    [InlineData("""{"chat_id":"@name"}""", 400, "INVALID_REQUEST")]
    [InlineData("""{"thread_id":"a topic"}""", 400, "INVALID_REQUEST")]
    [InlineData("""{"chat_id":""}""", 400, "INVALID_REQUEST")]
    [InlineData("""{"content":""}""", 400, "INVALID_REQUEST")]
    [InlineData("""{"timeoutMs":0}""", 400, "INVALID_REQUEST")]
    public async Task What_cannot_be_asked_is_refused_and_nothing_was_accepted(string change, int status, string code)
    {
        await using var host = await HostAsync();
        var message = Message("hello");
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
        {
            message[name] = value!.DeepClone();
        }

        var answer = await host.SendAsync(HttpMethod.Post, "/api/message/sync", message);

        Assert.Equal((status, code), (answer.Status, (string)answer.Body!["error"]!["code"]!));
        Assert.Equal(0, (int)(await host.GetAsync("/api/sessions")).Body!["total"]!);
    }

    [Theory]
    [InlineData("news", "main:webchat:default:direct:news")]
    [InlineData("main:telegram:home:dm:main", "main:telegram:home:dm:main")]
    public async Task A_conversation_of_webchat_is_the_session_that_the_api_calls_so(string chat, string session)
    {
        await using var host = await HostAsync();

        var (status, body) = await host.SendAsync(
            HttpMethod.Post, "/api/message/sync", new JsonObject { ["channel"] = "webchat", ["chat_id"] = chat, ["content"] = "hello", ["deliver"] = true });

        Assert.Equal((200, session), (status, (string)body!["sessionKey"]!));
        Assert.Equal([("user", "hello"), ("assistant", "hello")], await host.TranscriptAsync(session));
    }

    [Fact]
    public async Task To_a_key_of_other_agents_there_is_no_such_channel()
    {
        await using var host = await HostAsync();

        var answer = await host.SendAsync(HttpMethod.Post, "/api/message/sync", Message("hello"), ("X-Test-Principal", """{"id":"key:1","scope":"operator.write","agents":["other"]}"""));

        Assert.Equal((404, "CHANNEL_NOT_FOUND"), (answer.Status, (string)answer.Body!["error"]!["code"]!));
    }

    [Fact]
    public async Task Whoever_waits_no_longer_than_he_said_is_told_and_the_run_goes_on()
    {
        await using var host = await HostAsync();
        var release = new TaskCompletionSource();
        _model.Enqueue(new ModelScript { Tokens = ["late"], Gate = _ => release.Task });
        var message = Message("hello");
        message["timeoutMs"] = 1;

        var answer = await host.SendAsync(HttpMethod.Post, "/api/message/sync", message);
        release.SetResult();
        var next = await host.SendAsync(HttpMethod.Post, "/api/message/sync", Message("next"));

        Assert.Equal((504, "TIMEOUT"), (answer.Status, (string)answer.Body!["error"]!["code"]!));
        Assert.Equal(200, next.Status);
        Assert.Equal(["hello", "late", "next", "next"], (await host.TranscriptAsync("main:telegram:home:dm:main")).Select(message => message.Content));
    }

    private static JsonObject Message(string content) => new() { ["channel"] = "Telegram", ["chat_id"] = "42", ["content"] = content, ["accountId"] = "home" };

    private Task<AgentsHost> HostAsync() => AgentsHost.StartAsync(_model.BaseUrl, configure: config => config["channels"] = JsonNode.Parse(
        """{"telegram":{"accounts":{"home":{"botToken":"1:AAAA"},"off":{"botToken":"2:AAAA","enabled":false}}}}"""));
}

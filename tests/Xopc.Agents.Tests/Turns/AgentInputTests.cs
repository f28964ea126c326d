using System.Text.Json.Nodes;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Turns;

public sealed class AgentInputTests : ModelHostTest
{
    [Theory]
    [InlineData("""{"message":"a","session":""}""", "default", "default")]
    [InlineData("""{"message":"a","sessionKey":"","chatId":"","session":"travel"}""", "travel", "travel")]
    [InlineData("""{"message":"a","session":"travel","channel":"","agentId":""}""", "travel", "travel")]
    public async Task An_empty_name_is_none(string body, string echoed, string peer)
    {
        await using var host = await HostAsync();

        var (status, answer) = await host.SendAsync(HttpMethod.Post, "/api/agent", JsonNode.Parse(body));

        Assert.Equal((200, echoed, "main:webchat:default:direct:" + peer), (status, (string)answer!["session"]!, (string)answer["sessionKey"]!));
    }

    [Fact]
    public async Task Steering_into_a_session_without_a_name_is_refused()
    {
        await using var host = await HostAsync();

        var (status, body) = await host.SendAsync(HttpMethod.Post, "/api/agent/steer", new JsonObject { ["session"] = "", ["message"] = "x" });

        Assert.Equal((400, "INVALID_REQUEST"), (status, (string)body!["error"]!["code"]!));
    }

    [Theory]
    [InlineData("""{"message":""}""")]
    [InlineData("""{"message":"  \n\t "}""")]
    [InlineData("""{}""")]
    [InlineData("""{"message":null}""")]
    [InlineData("""{"message":5}""")]
    [InlineData("""{"message":"a\u0000b"}""")]
    [InlineData("""{"message":"a\ud800b"}""")]
    [InlineData("""{"message":"a","session":"../etc"}""")]
    [InlineData("""{"message":"a","session":"a b"}""")]
    [InlineData("""{"message":"a","session":{}}""")]
    [InlineData("""{"message":"a","thinking":"very"}""")]
    [InlineData("""{"message":"a","model":"nope"}""")]
    [InlineData("""{"message":"a","attachments":[{"data":"%%%"}]}""")]
    [InlineData("""{"message":"a","attachments":"x"}""")]
    [InlineData("""{"message":"a",}""")]
    [InlineData("""[1,2]""")]
    [InlineData("")]
    [InlineData("nonsense")]
    public async Task A_body_that_makes_no_sense_is_refused_and_leaves_nothing(string body)
    {
        await using var host = await HostAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/agent") { Content = new StringContent(body, null, "application/json") };

        using var response = await host.Client.SendAsync(request, AgentsHost.Cancelled);

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal("INVALID_REQUEST", (string)JsonNode.Parse(await response.Content.ReadAsStringAsync(AgentsHost.Cancelled))!["error"]!["code"]!);
        Assert.Equal(0, (long)(await host.GetAsync("/api/sessions")).Body!["total"]!);
    }

    [Fact]
    public async Task A_message_of_a_megabyte_is_taken_and_one_byte_more_is_not()
    {
        await using var host = await HostAsync();
        Model.ForModel("echo", ModelScript.Say("read"));

        Assert.Equal(200, (await host.AskAsync(new string('x', 1024 * 1024))).Status);
        var (status, body) = await host.AskAsync(new string('x', (1024 * 1024) + 1));

        Assert.Equal((413, "PAYLOAD_TOO_LARGE"), (status, (string)body!["error"]!["code"]!));
    }
}

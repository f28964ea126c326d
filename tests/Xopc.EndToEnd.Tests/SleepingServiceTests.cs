using System.Text.Json.Nodes;

namespace Xopc.EndToEnd.Tests;

/// <summary>A process that is stopped in the middle: the kernel takes its connections, and nobody answers.</summary>
public sealed class SleepingServiceTests
{
    private static readonly Dictionary<string, string> Impatient = new() { ["Edge__ReadPatience"] = "00:00:01" };

    [Fact]
    public async Task A_service_that_sleeps_is_a_short_error_for_its_own_requests_until_it_wakes()
    {
        await using var xopc = await Deployment.StartAsync(Shape.Bundle, Impatient);
        var neighbour = (await xopc.SendAsync(HttpMethod.Get, "/api/cron")).Status;
        await xopc.SignalReplicaAsync(0, "STOP");

        using (var request = xopc.Request(HttpMethod.Get, "/api/sessions"))
        using (var asleep = await xopc.Client.SendAsync(request, Wait.Cancelled))
        {
            Assert.Equal(504, (int)asleep.StatusCode);
            Assert.NotNull(asleep.Headers.RetryAfter);
            Assert.Equal("TIMEOUT", (string)JsonNode.Parse(await asleep.Content.ReadAsStringAsync(Wait.Cancelled))!["error"]!["code"]!);
        }

        Assert.Equal(neighbour, (await xopc.SendAsync(HttpMethod.Get, "/api/cron")).Status);
        Assert.Equal(200, (await xopc.SendAsync(HttpMethod.Get, "/api/keys/me")).Status);

        await xopc.SignalReplicaAsync(0, "CONT");
        await xopc.Edge.AnswersAsync(xopc.Screens);
        Assert.Equal((200, "awake"), await AskAsync(xopc));
    }

    [Fact]
    public async Task The_requests_of_a_replica_that_sleeps_go_to_the_other_once_it_is_noticed()
    {
        await using var xopc = await Deployment.StartAsync(Shape.TwoReplicas, Impatient);
        await xopc.SignalReplicaAsync(1, "STOP");

        // Sessions are spread over both, so the sleeper owns some of these; it is out when all of them are answered by the other.
        await Wait.UntilAsync(() => AllAnswerAsync(xopc), () => "The sleeping replica was still asked.");
        Assert.True(await AllAnswerAsync(xopc), "The sleeping replica was asked again.");

        await xopc.SignalReplicaAsync(1, "CONT");
        await xopc.Replica(1).AnswersAsync(xopc.Screens);
        Assert.True(await AllAnswerAsync(xopc));
    }

    private static async Task<(int Status, string? Reply)> AskAsync(Deployment xopc)
    {
        var (status, body) = await xopc.AskAsync("awake", "awake");
        return (status, (string?)body!["reply"]);
    }

    private static async Task<bool> AllAnswerAsync(Deployment xopc)
    {
        var asked = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => xopc.SendAsync(HttpMethod.Get, $"/api/sessions/main:webchat:default:direct:none-{i}")));
        Assert.All(asked, answer => Assert.True(answer.Status is 404 or 503 or 504, $"{answer.Status}"));
        return asked.All(answer => answer.Status == 404);
    }
}

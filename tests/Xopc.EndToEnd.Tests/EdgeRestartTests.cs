using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Xopc.Testing.Http;
using Xopc.Testing.Models;

namespace Xopc.EndToEnd.Tests;

/// <summary>The edge of a bundle is stopped and started again while clients of every kind talk through it. They retry what was refused and honour Retry-After.</summary>
public sealed class EdgeRestartTests
{
    private const int Restarts = 3;
    private static readonly string[] Sessions = ["json-a", "json-b", "sse"];

    [Fact]
    public async Task Clients_that_come_back_see_no_failure_while_the_edge_restarts()
    {
        await using var xopc = await Deployment.StartAsync(Shape.Bundle);
        xopc.Model.ForModel("echo", new ModelScript { Echoes = true, BetweenTokens = TimeSpan.FromMilliseconds(20) });
        using var enough = new CancellationTokenSource();
        var turns = new List<Task<int>> { AskUntilAsync(xopc, Sessions[0], enough.Token), AskUntilAsync(xopc, Sessions[1], enough.Token), StreamUntilAsync(xopc, Sessions[2], enough.Token) };
        var reads = ReadUntilAsync(xopc, enough.Token);
        var listened = new StrongBox<int>();
        var events = ListenUntilAsync(xopc, listened, enough.Token);

        for (var i = 0; i < Restarts; i++)
        {
            await Wait.UntilAsync(() => Task.FromResult(events.IsCompleted || Volatile.Read(ref listened.Value) > i), () => "Who listens did not come back.");
            Assert.Equal(0, await xopc.StopAndRestartEdgeAsync());
        }

        await enough.CancelAsync();
        var asked = await Task.WhenAll(turns);
        Assert.True(await reads > 0);
        Assert.True(await events >= Restarts, "Not every restart said bye to who listened.");

        await CheckAsync(xopc, asked);
    }

    [Fact]
    public async Task A_turn_that_the_stop_cuts_off_goes_on_and_is_told_to_who_asks_again()
    {
        await using var xopc = await Deployment.StartAsync(Shape.Bundle);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        xopc.Model.Enqueue(new ModelScript { Tokens = ["a long", " answer"], Gate = _ => release.Task });
        var cut = Record.ExceptionAsync(() => xopc.AskAsync("think", "cut", ("Idempotency-Key", "cut")));
        await Wait.UntilAsync(() => Task.FromResult(xopc.Model.Requests.Count == 1), () => "The turn did not reach the model.");

        Assert.Equal(0, await xopc.StopAndRestartEdgeAsync());
        Assert.IsType<HttpRequestException>(await cut);
        var again = xopc.AskAsync("think", "cut", ("Idempotency-Key", "cut"));
        release.SetResult();

        var (status, body) = await again;
        Assert.Equal((200, "a long answer"), (status, (string)body!["reply"]!));
        Assert.Single(xopc.Model.Requests);
    }

    [Fact]
    public async Task Clients_that_come_back_see_no_failure_while_the_service_behind_the_edge_restarts()
    {
        await using var xopc = await Deployment.StartAsync(Shape.Bundle);
        using var enough = new CancellationTokenSource();
        var turns = Sessions.Select(session => AskUntilAsync(xopc, session, enough.Token)).ToArray();
        var reads = ReadUntilAsync(xopc, enough.Token);

        for (var i = 0; i < Restarts; i++)
        {
            Assert.Equal(0, await xopc.StopAndRestartAgentsAsync());
        }

        await enough.CancelAsync();
        var asked = await Task.WhenAll(turns);
        Assert.True(await reads > 0);
        await CheckAsync(xopc, asked);
    }

    private static async Task CheckAsync(Deployment xopc, int[] asked)
    {
        // Every message once, each followed by its own answer: nothing was lost and nothing was asked twice.
        foreach (var (session, count) in Sessions.Zip(asked))
        {
            var expected = Enumerable.Range(0, count).SelectMany(i => new[] { ("user", Words(session, i)), ("assistant", Words(session, i)) });
            Assert.Equal(expected, (await xopc.TranscriptAsync(session)).Select(message => (message.Role, message.Content)));
        }

        Assert.Equal(asked.Sum(), await xopc.CountAsync("SELECT COUNT(*) FROM runs"));
    }

    private static string Words(string session, int number) => $"{session} says {number}";

    private static async Task<int> AskUntilAsync(Deployment xopc, string session, CancellationToken enough)
    {
        var asked = 0;
        for (; !enough.IsCancellationRequested; asked++)
        {
            var (status, body) = await InsistAsync(
                () => xopc.Request(HttpMethod.Post, "/api/agent", Body(session, asked), ("Idempotency-Key", $"{session}-{asked}")), xopc);
            Assert.True(status == HttpStatusCode.OK, body);
            Assert.Equal(Words(session, asked), (string)JsonNode.Parse(body)!["reply"]!);
        }

        return asked;
    }

    private static async Task<int> ReadUntilAsync(Deployment xopc, CancellationToken enough)
    {
        var read = 0;
        for (; !enough.IsCancellationRequested; read++)
        {
            var (status, body) = await InsistAsync(() => xopc.Request(HttpMethod.Get, "/api/sessions?limit=1"), xopc);
            Assert.True(status == HttpStatusCode.OK, body);
        }

        return read;
    }

    // What such a client does: refused, or cut off before the answer came: again; 503: when it says.
    private static async Task<(HttpStatusCode Status, string Body)> InsistAsync(Func<HttpRequestMessage> request, Deployment xopc)
    {
        while (true)
        {
            try
            {
                using var asked = request();
                using var response = await xopc.Client.SendAsync(asked, Wait.Cancelled);
                var body = await response.Content.ReadAsStringAsync(Wait.Cancelled);
                if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
                {
                    return (response.StatusCode, body);
                }

                Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero, "503 without Retry-After: " + body);
            }
            catch (HttpRequestException)
            {
                // Not there yet.
            }

            await Wait.MomentAsync();
        }
    }

    private static async Task<int> StreamUntilAsync(Deployment xopc, string session, CancellationToken enough)
    {
        var asked = 0;
        for (; !enough.IsCancellationRequested; asked++)
        {
            var (text, runId, lastId, ended) = ("", (string?)null, (string?)null, false);
            while (!ended)
            {
                using var stream = await OpenAsync(xopc, () => lastId is null
                    ? xopc.Request(HttpMethod.Post, "/api/agent", Body(session, asked), ("Idempotency-Key", $"{session}-{asked}"), ("Accept", "text/event-stream"))
                    : xopc.Request(HttpMethod.Get, $"/api/agent/runs/{runId}/events", null, ("Last-Event-ID", lastId)));
                var bye = false;
                while (await stream.NextAsync() is { } update)
                {
                    Assert.False(bye, "Something follows the bye: " + update.Type);
                    bye = update.Type == "bye";
                    lastId = update.Id ?? lastId;
                    runId ??= update.Type == "status" ? (string)update.Json["runId"]! : null;
                    text = update.Type switch { "token" => text + (string)update.Json["content"]!, "reset" => (string)update.Json["content"]!, _ => text };
                    ended |= update.Type == "result";
                }

                Assert.True(bye || ended, "A stream ended without a result and without a bye.");
            }

            Assert.Equal(Words(session, asked), text);
        }

        return asked;
    }

    private static async Task<int> ListenUntilAsync(Deployment xopc, StrongBox<int> listened, CancellationToken enough)
    {
        var (byes, lastId) = (0, (string?)null);
        while (!enough.IsCancellationRequested)
        {
            using var stream = await OpenAsync(xopc, () => xopc.Request(HttpMethod.Get, "/api/events", null, lastId is null ? [] : [("Last-Event-ID", lastId)]));
            await using var stop = enough.Register(stream.Dispose);
            try
            {
                SseEvent? last = null;
                while (await stream.NextAsync() is { } update)
                {
                    Assert.NotEqual("resync", update.Type); // it missed nothing
                    listened.Value += update.Type == "connected" ? 1 : 0;
                    (last, lastId) = (update, update.Id ?? lastId);
                }

                Assert.True(last?.Type == "bye" || enough.IsCancellationRequested, $"The events ended with {last?.Type}.");
                byes += last?.Type == "bye" ? 1 : 0;
            }
            catch (Exception e) when (enough.IsCancellationRequested && e is IOException or ObjectDisposedException or HttpRequestException)
            {
                // This test closed it.
            }
        }

        return byes;
    }

    private static async Task<SseReader> OpenAsync(Deployment xopc, Func<HttpRequestMessage> request)
    {
        while (true)
        {
            try
            {
                using var asked = request();
                var response = await xopc.Client.SendAsync(asked, HttpCompletionOption.ResponseHeadersRead, Wait.Cancelled);
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    return new SseReader(response, await response.Content.ReadAsStreamAsync(Wait.Cancelled), Wait.Generous, breakIsEnd: false, Wait.Cancelled);
                }

                Assert.True(response.StatusCode == HttpStatusCode.ServiceUnavailable && response.Headers.RetryAfter is not null, $"A stream was answered {response.StatusCode}.");
                response.Dispose();
            }
            catch (HttpRequestException)
            {
                // Not there yet.
            }

            await Wait.MomentAsync();
        }
    }

    private static string Body(string session, int number) => new JsonObject { ["message"] = Words(session, number), ["session"] = session }.ToJsonString();
}

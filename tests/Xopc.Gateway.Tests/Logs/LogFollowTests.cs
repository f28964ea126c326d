using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Testing.Http;

namespace Xopc.Gateway.Tests.Logs;

public sealed class LogFollowTests : IDisposable
{
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("xopc-follow-");
    private readonly LogLines _log;

    public LogFollowTests() => _log = new LogLines(_state.FullName);

    public void Dispose() => _state.Delete(recursive: true);

    [Fact]
    public async Task New_lines_of_every_process_arrive_and_old_ones_do_not()
    {
        _log.Append("app-2026-03-01.log", LogLines.Line(1, "before"));
        await using var edge = await EdgeHost.StartAsync(state: _state.FullName);
        using var stream = await FollowAsync(edge, "?level=info");

        _log.Append("app-2026-03-01.log", LogLines.Line(2, "one"), LogLines.Line(3, "left out", "debug"));
        _log.Append("app-agents-2026-03-01.log", LogLines.Line(4, "two"));
        _log.AppendTorn("app-2026-03-01.log", LogLines.Line(5, "three")[..20]);

        Assert.Equal(["one", "two"], (await TakeAsync(stream, 2)).Order());
        _log.AppendTorn("app-2026-03-01.log", LogLines.Line(5, "three")[20..] + "\n");
        Assert.Equal(["three"], await TakeAsync(stream, 1));
    }

    [Fact]
    public async Task Whoever_comes_back_with_the_last_id_gets_exactly_what_was_missed_also_over_a_new_file()
    {
        _log.Append("app-2026-03-01.log", LogLines.Line(1, "before"));
        await using var edge = await EdgeHost.StartAsync(state: _state.FullName);
        string id;
        using (var stream = await FollowAsync(edge, ""))
        {
            _log.Append("app-2026-03-01.log", LogLines.Line(2, "seen"), LogLines.Line(3, "missed 1"));
            id = (await NextAsync(stream)).Id!;
        }

        _log.Append("app-2026-03-01.log", LogLines.Line(4, "missed 2"));
        _log.Append("app-2026-03-01.1.log", LogLines.Line(5, "missed 3"));

        using var again = await FollowAsync(edge, "", id);
        Assert.Equal(["missed 1", "missed 2", "missed 3"], await TakeAsync(again, 3));
    }

    [Fact]
    public async Task When_the_gateway_stops_its_followers_are_told_to_come_back()
    {
        var edge = await EdgeHost.StartAsync(state: _state.FullName);
        using var stream = await FollowAsync(edge, "");

        var stopping = edge.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().StopAsync(TestContext.Current.CancellationToken);
        edge.Services.GetRequiredService<Microsoft.Extensions.Hosting.IHostApplicationLifetime>().StopApplication();

        Assert.Equal("bye", (await NextAsync(stream)).Type);
        Assert.Null(await stream.NextAsync());
        await stopping;
        await edge.DisposeAsync();
    }

    [Fact]
    public async Task A_made_up_id_is_refused()
    {
        await using var edge = await EdgeHost.StartAsync(state: _state.FullName);
        using var request = edge.Request(HttpMethod.Get, "/api/logs/stream");
        request.Headers.Add("Last-Event-ID", "7");

        using var answer = await edge.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task The_seventeenth_follower_is_told_to_wait()
    {
        await using var edge = await EdgeHost.StartAsync(state: _state.FullName);
        var streams = new List<SseReader>();
        for (var i = 0; i < 16; i++)
        {
            streams.Add(await FollowAsync(edge, ""));
        }

        using var request = edge.Request(HttpMethod.Get, "/api/logs/stream");
        using var answer = await edge.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        foreach (var stream in streams)
        {
            stream.Dispose();
        }
    }

    private static async Task<SseReader> FollowAsync(EdgeHost edge, string query, string? lastId = null)
    {
        using var request = edge.Request(HttpMethod.Get, "/api/logs/stream" + query);
        if (lastId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastId);
        }

        var response = await edge.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode);
        var stream = new SseReader(
            response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), EdgeHost.Limit, breakIsEnd: false, TestContext.Current.CancellationToken);
        Assert.Equal("connected", (await NextAsync(stream)).Type);
        return stream;
    }

    private static async Task<SseEvent> NextAsync(SseReader stream) => await stream.NextAsync() ?? throw new InvalidOperationException("The stream ended.");

    private static async Task<List<string>> TakeAsync(SseReader stream, int count)
    {
        var messages = new List<string>();
        while (messages.Count < count)
        {
            using var entry = JsonDocument.Parse((await NextAsync(stream)).Data);
            messages.Add(entry.RootElement.GetProperty("message").GetString()!);
        }

        return messages;
    }
}

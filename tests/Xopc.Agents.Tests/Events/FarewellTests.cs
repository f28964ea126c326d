using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Xopc.Agents.Runs;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Events;

public sealed class FarewellTests : IAsyncLifetime
{
    private FakeOpenAiServer Model { get; set; } = null!;

    public async ValueTask InitializeAsync() => Model = await FakeOpenAiServer.StartAsync();

    public ValueTask DisposeAsync() => Model.DisposeAsync();

    [Fact]
    public async Task A_stop_says_bye_to_who_listens_to_events_and_when_to_come_back()
    {
        await using var host = await AgentsHost.StartAsync();
        using var response = await host.Client.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead, AgentsHost.Cancelled);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(AgentsHost.Cancelled));
        Assert.StartsWith("id: ", await lines.ReadLineAsync(AgentsHost.Cancelled), StringComparison.Ordinal);

        host.Get<IHostApplicationLifetime>().StopApplication();
        var rest = await lines.ReadToEndAsync(AgentsHost.Cancelled).WaitAsync(AgentsHost.Generous, AgentsHost.Cancelled);

        var farewell = rest[rest.IndexOf("retry:", StringComparison.Ordinal)..];
        Assert.Matches("""^retry: \d{3,4}\nevent: bye\ndata: \{"reason":"shutdown"\}\n\n$""", farewell);
    }

    [Fact]
    public async Task A_run_that_is_handed_back_says_bye_and_one_that_ends_in_time_says_its_result()
    {
        await using var host = await AgentsHost.StartAsync(Model.BaseUrl);
        var ending = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Model.Enqueue(
            new ModelScript { Tokens = ["in ", "time"], Gate = piece => piece == 0 ? Task.CompletedTask : ending.Task },
            new ModelScript { Hangs = true });
        using var first = await host.StreamAsync(HttpMethod.Post, "/api/agent", Ask("one"));
        await first.UntilAsync(e => e.Type == "token");
        using var second = await host.StreamAsync(HttpMethod.Post, "/api/agent", Ask("two"));
        await second.UntilAsync(e => e.Type == "status");

        var stopping = host.Get<SessionLanes>().StopAsync(AgentsHost.Cancelled);
        ending.SetResult();

        Assert.Equal("result", (await first.ToEndAsync())[^1].Type);
        var bye = (await second.ToEndAsync())[^1];
        Assert.Equal((null, "bye", """{"reason":"shutdown"}"""), (bye.Id, bye.Type, bye.Data));
        await stopping;
    }

    private static JsonObject Ask(string session) => new() { ["message"] = "hello", ["session"] = session };
}

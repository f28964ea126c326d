using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests;

/// <summary>Tests of the agents service with a model of their own.</summary>
public abstract class ModelHostTest : IAsyncLifetime
{
    protected const string DefaultSession = "main:webchat:default:direct:default";

    private protected FakeOpenAiServer Model { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Model = await FakeOpenAiServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Model.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected static JsonObject Message(string text) => new() { ["message"] = text };

    private protected static string Text(System.Text.Json.JsonElement content) =>
        content.ValueKind == System.Text.Json.JsonValueKind.String ? content.GetString()! : content[0].GetProperty("text").GetString()!;

    private protected Task<AgentsHost> HostAsync(Action<JsonObject>? configure = null, Action<WebApplicationBuilder>? build = null) =>
        AgentsHost.StartAsync(Model.BaseUrl, configure: configure, build: build);

    // The API has no signal for "accepted and waiting": its own state is what a client would look at.
    private protected static async Task UntilAsync(AgentsHost host, Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(AgentsHost.Generous);
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, "The state did not come.");
            await Task.Yield();
        }

        GC.KeepAlive(host);
    }
}

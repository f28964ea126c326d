using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Storage;
using Xopc.Storage.Retention;

namespace Xopc.Agents.Tests.Sessions;

public sealed class SessionRetentionTests
{
    private const string Key = "main:webchat:default:direct:s";

    [Fact]
    public async Task Beyond_the_number_kept_the_longest_untouched_go_and_pinned_ones_stay()
    {
        await using var host = await AgentsHost.StartAsync(configure: config => config["session"]!["storage"] = new JsonObject { ["maxEntries"] = 3 });
        for (var i = 0; i < 6; i++)
        {
            await host.AskAsync("hello", $"s{i}");
        }

        await host.SendAsync(HttpMethod.Post, "/api/sessions/main:webchat:default:direct:s0/pin", new JsonObject());
        await RunAsync(host, "sessions");

        var (_, body) = await host.GetAsync("/api/sessions?sortBy=createdAt&sortOrder=asc");
        Assert.Equal(["s0", "s4", "s5"], body!["items"]!.AsArray().Select(item => ((string)item!["key"]!)[^2..]));
    }

    [Fact]
    public async Task A_session_in_which_somebody_spoke_after_it_was_chosen_stays()
    {
        await using var host = await AgentsHost.StartAsync();
        var database = host.Services.GetRequiredKeyedService<Database>(AgentsSchema.Database);
        var deletion = host.Get<Xopc.Agents.Sessions.SessionDeletion>();
        await host.AskAsync("hello", "s");
        var chosen = await database.ReadAsync(reader => (long)reader.Scalar("SELECT updated_ms FROM sessions")!, AgentsHost.Cancelled);
        await database.WriteAsync(tx => tx.Execute("UPDATE sessions SET updated_ms = updated_ms + 1"), AgentsHost.Cancelled); // as a turn that comes in now does

        Assert.False(await deletion.DeleteUntouchedAsync(Key, chosen));
        await host.SendAsync(HttpMethod.Post, $"/api/sessions/{Key}/pin", new JsonObject());
        Assert.False(await deletion.DeleteUntouchedAsync(Key, chosen + 1));
        Assert.Equal(2, (await host.TranscriptAsync(Key)).Count);

        await host.SendAsync(HttpMethod.Post, $"/api/sessions/{Key}/unpin", new JsonObject());
        Assert.True(await deletion.DeleteUntouchedAsync(Key, chosen + 1));
        Assert.Equal(404, (await host.GetAsync("/api/sessions/" + Key)).Status);
    }

    [Fact]
    public async Task Without_a_limit_nothing_goes()
    {
        await using var host = await AgentsHost.StartAsync();
        await host.AskAsync("hello", "s");

        Assert.Equal(0, await RunAsync(host, "sessions"));
        Assert.Equal(2, (await host.TranscriptAsync("main:webchat:default:direct:s")).Count);
    }

    [Fact]
    public async Task What_a_finished_run_left_in_the_journal_goes()
    {
        await using var host = await AgentsHost.StartAsync();
        var (_, body) = await host.AskAsync("hello", "s");
        await host.Services.GetRequiredKeyedService<Database>(AgentsSchema.Database).WriteAsync(
            tx => Xopc.Agents.Runs.RunStore.Journal(tx, (string)body!["runId"]!, "operator", 1, 1, "late"), AgentsHost.Cancelled);

        Assert.Equal(1, await RunAsync(host, "run_journal"));
    }

    private static Task<int> RunAsync(AgentsHost host, string rule) =>
        host.Services.GetServices<IRetentionRule>().Single(candidate => candidate.Name == rule).RemoveAsync(
            host.Services.GetRequiredKeyedService<Database>(AgentsSchema.Database), DateTimeOffset.UnixEpoch.AddYears(60), AgentsHost.Cancelled);
}

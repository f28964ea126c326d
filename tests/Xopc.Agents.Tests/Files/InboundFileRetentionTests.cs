using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Agents.Files;
using Xopc.Storage;
using Xopc.Storage.Retention;

namespace Xopc.Agents.Tests.Files;

public sealed class InboundFileRetentionTests
{
    [Fact]
    public async Task Files_go_with_their_session_and_with_no_other()
    {
        await using var host = await AgentsHost.StartAsync();
        var gone = await SendAsync(host, "a_b");
        var kept = await SendAsync(host, "a-b");
        Assert.True(File.Exists(gone) && File.Exists(kept));

        await host.SendAsync(HttpMethod.Delete, "/api/sessions/main:webchat:default:direct:a_b");

        Assert.False(File.Exists(gone));
        Assert.True(File.Exists(kept));
    }

    [Fact]
    public async Task What_no_session_names_goes_after_an_hour_and_what_arrives_stays()
    {
        await using var host = await AgentsHost.StartAsync();
        var kept = await SendAsync(host, "kept");
        var folder = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(kept))!, "main.webchat.default.direct.nobody");
        Directory.CreateDirectory(folder);
        var former = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(folder)!, "main_webchat_default_direct_kept")).FullName;
        var (old, arriving, unfinished, formerly) = (Path.Combine(folder, "old"), Path.Combine(folder, "arriving"), kept + ".x.tmp", Path.Combine(former, "file"));
        foreach (var (path, age) in new[] { (old, 2), (arriving, 0), (unfinished, 2), (kept, 2), (formerly, 2) })
        {
            await File.AppendAllTextAsync(path, "x", AgentsHost.Cancelled);
            File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-age));
        }

        Assert.Equal(2, await RunAsync(host, TimeProvider.System.GetUtcNow()));

        Assert.Equal(
            (false, true, false, true, true),
            (File.Exists(old), File.Exists(arriving), File.Exists(unfinished), File.Exists(kept), File.Exists(formerly)));
    }

    [Fact]
    public async Task Old_files_go_and_their_empty_folders()
    {
        await using var host = await AgentsHost.StartAsync();
        var path = await SendAsync(host, "s");

        Assert.Equal(0, await RunAsync(host, TimeProvider.System.GetUtcNow() + InboundFileRetention.MaxAge - TimeSpan.FromHours(1)));
        Assert.Equal(1, await RunAsync(host, TimeProvider.System.GetUtcNow() + InboundFileRetention.MaxAge + TimeSpan.FromHours(1)));
        Assert.False(File.Exists(path));
        Assert.False(Directory.Exists(Path.GetDirectoryName(path)));
    }

    [Fact]
    public async Task Beyond_the_bytes_the_oldest_go()
    {
        await using var host = await AgentsHost.StartAsync();
        var paths = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            paths.Add(await SendAsync(host, "s", $"file {i}"));
            File.SetLastWriteTimeUtc(paths[i], TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(i - 10));
        }

        var removed = InboundFileRetention.Remove(
            Path.Combine(host.State, "workspace"), new HashSet<string> { InboundFolder.Of("main:webchat:default:direct:s") }, TimeProvider.System.GetUtcNow().UtcDateTime, maxBytes: 2 * 6);

        Assert.Equal(2, removed);
        Assert.Equal([false, false, true, true], paths.Select(File.Exists));
    }

    [Fact]
    public async Task A_link_in_the_place_of_the_folder_is_not_followed()
    {
        await using var host = await AgentsHost.StartAsync();
        var path = await SendAsync(host, "s");
        var root = Path.GetDirectoryName(Path.GetDirectoryName(path))!;
        var elsewhere = Path.Combine(host.State, "elsewhere");
        Directory.Move(root, elsewhere);
        Directory.CreateSymbolicLink(root, elsewhere);

        await host.SendAsync(HttpMethod.Delete, "/api/sessions/main:webchat:default:direct:s");

        Assert.Equal(0, await RunAsync(host, TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(1000)));
        Assert.Single(Directory.GetFiles(elsewhere, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("main:webchat:default:direct:x", "main.webchat.default.direct.x")]
    [InlineData("main:webchat:default:direct:x:thread:1", "main.webchat.default.direct.x.thread.1")]
    public void A_folder_is_named_by_its_key(string key, string folder) => Assert.Equal(folder, InboundFolder.Of(key));

    [Fact]
    public void Long_keys_have_folders_of_their_own()
    {
        var key = "main:webchat:default:direct:" + new string('x', 400);

        Assert.NotEqual(InboundFolder.Of(key), InboundFolder.Of(key + "y"));
        Assert.True(InboundFolder.Of(key).Length <= 180);
    }

    private static async Task<string> SendAsync(AgentsHost host, string session, string content = "hello!")
    {
        var data = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(content));
        await host.SendAsync(HttpMethod.Post, "/api/agent", JsonNode.Parse(
            $$"""{"message":"look","session":"{{session}}","attachments":[{"name":"n.txt","data":"{{data}}"}]}"""));
        var messages = (await host.GetAsync($"/api/sessions/main:webchat:default:direct:{session}")).Body!["session"]!["messages"]!.AsArray();
        var last = messages.Last(message => message!["attachments"] is not null)!;
        return Path.Combine(host.State, "workspace", (string)last["attachments"]![0]!["workspaceRelativePath"]!);
    }

    private static Task<int> RunAsync(AgentsHost host, DateTimeOffset now) =>
        host.Services.GetServices<IRetentionRule>().Single(rule => rule.Name == "inbound_files").RemoveAsync(
            host.Services.GetRequiredKeyedService<Database>(AgentsSchema.Database), now, AgentsHost.Cancelled);
}

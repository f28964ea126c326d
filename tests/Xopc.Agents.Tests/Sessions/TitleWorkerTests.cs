using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xopc.Agents.Sessions;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Sessions;

public sealed class TitleWorkerTests : ModelHostTest
{
    private static readonly TitleRequest Request = new(DefaultSession, "How is the weather in Rome?", "fake/echo");

    [Fact]
    public async Task A_session_gets_the_name_that_its_model_thinks_of_and_everybody_is_told()
    {
        await using var host = await HostAsync();
        using var events = await host.StreamAsync(HttpMethod.Get, "/api/events");
        await events.NextAsync();
        Model.Enqueue(ModelScript.Say("Sunny."), ModelScript.Say("\"Weather ", "in Rome\"\nand more"));
        await host.AskAsync("How is the weather in Rome?");

        Assert.True(await Worker(host).NameAsync(Request, AgentsHost.Cancelled));

        Assert.Equal("Weather in Rome", await NameAsync(host));
        await events.UntilAsync(e => e.Type == "session.updated" && (string?)e.Json["name"] == "Weather in Rome");
        var asked = Model.Requests[^1].Body.GetProperty("messages").GetRawText();
        Assert.Contains("How is the weather in Rome?", asked, StringComparison.Ordinal);
        Assert.Contains("Sunny.", asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_a_person_gave_meanwhile_stays()
    {
        await using var host = await HostAsync();
        await host.AskAsync("How is the weather in Rome?");
        await host.SendAsync(HttpMethod.Post, $"/api/sessions/{DefaultSession}/rename", new JsonObject { ["name"] = "Holidays" });
        Model.Enqueue(ModelScript.Say("Weather in Rome"));

        Assert.False(await Worker(host).NameAsync(Request, AgentsHost.Cancelled));

        Assert.Equal("Holidays", await NameAsync(host));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \n ")]
    [InlineData("\"\"")]
    public async Task An_answer_that_is_no_name_leaves_the_first_line(string answer)
    {
        await using var host = await HostAsync();
        await host.AskAsync("How is the weather in Rome?");
        Model.Enqueue(ModelScript.Say("x", answer) with { Tokens = [answer.Length == 0 ? " " : answer] });

        Assert.False(await Worker(host).NameAsync(Request, AgentsHost.Cancelled));

        Assert.Equal("How is the weather in Rome?", await NameAsync(host));
    }

    [Fact]
    public async Task The_offline_model_is_not_asked_and_a_deleted_session_is_not_named()
    {
        await using var host = await HostAsync();
        await host.AskAsync("How is the weather in Rome?");
        var asked = Model.Requests.Count;

        Assert.False(await Worker(host).NameAsync(Request with { Model = "xopc/demo" }, AgentsHost.Cancelled));
        await host.SendAsync(HttpMethod.Delete, "/api/sessions/" + DefaultSession);
        Assert.False(await Worker(host).NameAsync(Request, AgentsHost.Cancelled));

        Assert.Equal(asked, Model.Requests.Count);
    }

    [Fact]
    public async Task A_renamed_session_is_told_by_the_name_that_stands_when_its_first_turn_ends()
    {
        await using var host = await HostAsync();
        using var events = await host.StreamAsync(HttpMethod.Get, "/api/events");
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = ["answer"], Gate = _ => release.Task });
        var asked = host.AskAsync("the first line");
        await Model.RequestArrivedAsync(AgentsHost.Cancelled);
        await host.SendAsync(HttpMethod.Post, $"/api/sessions/{DefaultSession}/rename", new JsonObject { ["name"] = "Chosen" });
        release.SetResult();
        await asked;
        await host.SendAsync(HttpMethod.Post, $"/api/sessions/{DefaultSession}/pin", new JsonObject());

        var names = new List<string?>();
        await events.UntilAsync(e =>
        {
            if (e.Type == "session.updated")
            {
                names.Add((string?)e.Json["name"]);
            }

            return e.Type == "session.updated" && (string?)e.Json["status"] == "pinned";
        });
        Assert.Equal(["Chosen", "Chosen", null], names);
    }

    private static TitleWorker Worker(AgentsHost host) => host.Services.GetServices<IHostedService>().OfType<TitleWorker>().Single();

    private static async Task<string?> NameAsync(AgentsHost host) => (string?)(await host.GetAsync("/api/sessions/" + DefaultSession)).Body!["session"]!["name"];
}

using System.Diagnostics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xopc.Agents.Models;
using Xopc.Agents.Tools;
using Xopc.Configuration;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Models;

public sealed class ModelTelemetryTests
{
    [Fact]
    public async Task A_span_per_try_names_the_model_and_holds_neither_text_nor_key()
    {
        await using var lab = await ModelLab.StartAsync();
        var model = "m-" + Guid.NewGuid().ToString("N");
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ModelTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (spans)
                {
                    spans.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        lab.A.Enqueue(ModelScript.Fail(500, message: "no text here"), ModelScript.Say("private answer"));

        await lab.RunAsync(lab.Request("a/" + model) with { Messages = [new ChatMessage(ChatRole.User, "private question")] });

        var mine = spans.Where(span => span.DisplayName == "chat " + model).ToList();
        Assert.Equal([ActivityStatusCode.Error, ActivityStatusCode.Unset], mine.Select(span => span.Status));
        Assert.Equal("Overloaded", mine[0].GetTagItem("error.type"));
        Assert.Equal(("a", 10L, 1L), (mine[1].GetTagItem("gen_ai.provider.name"), mine[1].GetTagItem("gen_ai.usage.input_tokens"), mine[1].GetTagItem("gen_ai.usage.output_tokens")));
        var all = string.Join('\n', mine.SelectMany(span => span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Append(span.StatusDescription)));
        Assert.DoesNotContain("private", all, StringComparison.Ordinal);
        Assert.DoesNotContain("key-of-a", all, StringComparison.Ordinal);
        Assert.DoesNotContain("no text here", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_callers_own_span_stays_the_current_one()
    {
        await using var lab = await ModelLab.StartAsync();
        using var own = new Activity("turn").Start();

        await foreach (var _ in lab.Runner.StreamAsync(lab.Request("a/m"), ModelLab.Token))
        {
            Assert.Same(own, Activity.Current);
        }
    }

    [Fact]
    public async Task Everything_the_registration_promises_can_be_made()
    {
        var folder = Directory.CreateTempSubdirectory("xopc-registration-").FullName;
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(new StatePaths(folder, Path.Combine(folder, "xopc.json")));
        builder.AddModels();
        builder.AddTools();
        await using var services = (ServiceProvider)builder.Services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

        Assert.NotNull(services.GetRequiredService<ModelRunner>());
        Assert.NotNull(services.GetRequiredService<ToolSets>());
        Assert.Equal(2, services.GetServices<IHostedService>().Count());
        var overview = services.GetRequiredService<ModelsOverview>();
        Assert.Null(overview.OllamaDetected);
        Assert.Null(overview.ModelsFileError);
        Assert.True(overview.IsUsable("xopc/demo"));
        Assert.False(overview.IsUsable("nonsense"));
        Assert.Equal(overview.IsOfflineOnly, overview.FirstModel == "xopc/demo");
        Assert.DoesNotContain("xopc", overview.ConfiguredProviders);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_fake_server_takes_orders_from_another_process()
    {
        await using var server = await FakeOpenAiServer.StartAsync();
        using var client = new HttpClient { BaseAddress = server.Address };

        await client.PostAsync("/_control", new StringContent("""{"model":"m","behave":"say-good-day"}"""), ModelLab.Token);
        await client.PostAsync("/_control", new StringContent("""{"behave":"status-418"}"""), ModelLab.Token);
        var first = await client.PostAsync("/v1/chat/completions", new StringContent("""{"model":"m","messages":[]}"""), ModelLab.Token);
        var second = await client.PostAsync("/v1/chat/completions", new StringContent("""{"model":"m","messages":[]}"""), ModelLab.Token);

        Assert.Equal(418, (int)first.StatusCode);
        Assert.Contains("good day", await second.Content.ReadAsStringAsync(ModelLab.Token), StringComparison.Ordinal);
        Assert.Contains("\"model\":\"m\"", await client.GetStringAsync("/_requests", ModelLab.Token), StringComparison.Ordinal);
    }
}

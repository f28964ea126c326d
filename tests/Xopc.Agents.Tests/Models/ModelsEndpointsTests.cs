using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xopc.Agents.Models;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Tests.Models;

public sealed class ModelsEndpointsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("xopc-endpoints-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Providers_answers_with_providers_and_with_all_models()
    {
        var payload = await GetAsync("/api/providers", ("OPENAI_API_KEY", "sk-very-secret"));

        var openai = payload.GetProperty("providers").EnumerateArray().Single(provider => provider.GetProperty("id").ValueEquals("openai"));
        Assert.Equal("""{"id":"openai","name":"OpenAI","category":"common","supportsOAuth":false,"supportsApiKey":true,"configured":true}""", openai.GetRawText());
        var models = payload.GetProperty("models").EnumerateArray().ToDictionary(model => model.GetProperty("id").GetString()!);
        Assert.True(models["openai/gpt-5"].GetProperty("available").GetBoolean());
        Assert.False(models["anthropic/claude-sonnet-4-5"].GetProperty("available").GetBoolean());
        Assert.False(models["xopc/demo"].GetProperty("available").GetBoolean());
    }

    [Fact]
    public async Task Models_lists_those_that_can_answer_sorted_and_with_defaults_for_the_unknown()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "models.json"),
            """{ "providers": { "corp": { "baseUrl": "https://secret.corp/v1", "apiKey": "hidden-key", "headers": { "x": "hidden-header" }, "api": "openai-completions", "models": [ { "id": "z" }, { "id": "a/b" } ] } } }""",
            ModelLab.Token);

        var payload = await GetAsync("/api/models", ("MISTRAL_API_KEY", "k"));

        var ids = payload.GetProperty("models").EnumerateArray().Select(model => model.GetProperty("id").GetString()).ToList();
        Assert.Equal(["corp/a/b", "corp/z", "mistral/mistral-large-latest", "mistral/mistral-medium-latest", "mistral/mistral-small-latest"], ids);
        Assert.Equal(
            """{"id":"corp/z","name":"z","provider":"corp","contextWindow":128000,"maxTokens":16384,"reasoning":false,"vision":false,"cost":{"input":0,"output":0},"available":true}""",
            payload.GetProperty("models")[1].GetRawText());
        Assert.Equal(4096, payload.GetProperty("models")[2].GetProperty("maxTokens").GetInt32());
        Assert.DoesNotContain("hidden", payload.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", payload.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_nothing_configured_the_offline_model_is_the_only_one()
    {
        var payload = await GetAsync("/api/models");

        Assert.Equal("xopc/demo", Assert.Single(payload.GetProperty("models").EnumerateArray()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task Provider_meta_stands_alone_too()
    {
        var payload = await GetAsync("/api/providers/meta");

        Assert.Equal(["providers"], payload.EnumerateObject().Select(member => member.Name));
        Assert.True(payload.GetProperty("providers").GetArrayLength() > 15);
    }

    [Fact]
    public async Task Every_route_needs_the_read_scope()
    {
        await using var app = await StartAsync([]);

        var scopes = app.Services.GetRequiredService<EndpointDataSource>().Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<EndpointScope>()?.Required).ToList();

        Assert.Equal([OperatorScope.Read, OperatorScope.Read, OperatorScope.Read], scopes.Select(scope => scope!.Value));
    }

    private async Task<JsonElement> GetAsync(string path, params (string Name, string Value)[] environment)
    {
        await using var app = await StartAsync(environment);
        var body = await app.GetTestClient().GetStringAsync(path, ModelLab.Token);
        Assert.All(environment, variable => Assert.True(variable.Value.Length < 5 || !body.Contains(variable.Value, StringComparison.Ordinal)));
        var root = JsonDocument.Parse(body).RootElement;
        Assert.True(root.GetProperty("ok").GetBoolean());
        return root.GetProperty("payload");
    }

    private async Task<WebApplication> StartAsync((string Name, string Value)[] environment)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.Services.AddSingleton(new ModelCatalog(
            Path.Combine(_folder, "models.json"), name => environment.FirstOrDefault(variable => variable.Name == name).Value, NullLogger<ModelCatalog>.Instance));
        var app = builder.Build();
        app.MapModels();
        await app.StartAsync(ModelLab.Token);
        return app;
    }
}

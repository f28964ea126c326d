using System.Diagnostics.Metrics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xopc.Agents.Models;
using Xopc.Configuration;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Models;

/// <summary>Fake servers as providers <c>a</c>, <c>b</c> (OpenAI's protocol) and <c>c</c> (Anthropic's), and a runner that calls them.</summary>
internal sealed class ModelLab : IAsyncDisposable
{
    public static readonly TimeSpan Generous = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("xopc-models-").FullName;
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ModelHttp _http = new();

    private ModelLab(FakeOpenAiServer a, FakeOpenAiServer b, FakeAnthropicServer c) => (A, B, C) = (a, b, c);

    public FakeOpenAiServer A { get; }

    public FakeOpenAiServer B { get; }

    public FakeAnthropicServer C { get; }

    public PausingClock Clock { get; } = new();

    public ModelCatalog Catalog { get; private set; } = null!;

    public ModelCooldowns Cooldowns { get; private set; } = null!;

    public ModelRunner Runner { get; private set; } = null!;

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="more">Further members of provider a, for example <c>"compat"</c> on a model.</param>
    public static async Task<ModelLab> StartAsync(string more = "", string moreC = "")
    {
        var lab = new ModelLab(await FakeOpenAiServer.StartAsync(), await FakeOpenAiServer.StartAsync(), await FakeAnthropicServer.StartAsync());
        var file = Path.Combine(lab._folder, "models.json");
        await File.WriteAllTextAsync(file, $$"""
            { "providers": {
              "a": { "baseUrl": "{{lab.A.BaseUrl}}", "apiKey": "key-of-a", "api": "openai-completions" {{more}} },
              "b": { "baseUrl": "{{lab.B.BaseUrl}}", "apiKey": "key-of-b", "api": "openai-completions" },
              "c": { "baseUrl": "{{lab.C.Address}}", "apiKey": "key-of-c", "api": "anthropic-messages" {{moreC}} }
            } }
            """, Token);
        lab.Catalog = new ModelCatalog(file, _ => null, NullLogger<ModelCatalog>.Instance);
        Assert.Null(lab.Catalog.LoadError);
        lab.Cooldowns = new ModelCooldowns(lab.Clock);
        lab.Runner = new ModelRunner(
            lab.Catalog, new ModelClients(lab._http, new SecretCommand(lab.Clock), file, lab.Clock), lab.Cooldowns,
            new ModelTelemetry(lab._services.GetRequiredService<IMeterFactory>()), () => new ModelsConfig { IdleTimeoutMs = 60_000 }, lab.Clock,
            NullLogger<ModelRunner>.Instance);
        return lab;
    }

    public ModelRequest Request(params string[] candidates) => new(
        [.. candidates.Select(Ref)], [new ChatMessage(ChatRole.System, "Be brief."), new ChatMessage(ChatRole.User, "Hello there")], [], "off", 1000, 0.5,
        Clock.GetUtcNow() + TimeSpan.FromMinutes(30));

    public static ModelRef Ref(string text) => ModelRef.TryParse(text, out var reference) ? reference : throw new ArgumentException(text);

    public Task<List<ModelEvent>> RunAsync(params string[] candidates) => RunAsync(Request(candidates));

    public async Task<List<ModelEvent>> RunAsync(ModelRequest request, Action<ModelEvent>? seen = null)
    {
        var events = new List<ModelEvent>();
        await foreach (var next in Runner.StreamAsync(request, Token))
        {
            events.Add(next);
            seen?.Invoke(next);
        }

        return events;
    }

    public async Task<ModelFailureException> FailAsync(params string[] candidates) =>
        await Assert.ThrowsAsync<ModelFailureException>(() => RunAsync(candidates));

    /// <summary>The text that stands at the end: what a restart made void is gone.</summary>
    public static string Text(IEnumerable<ModelEvent> events) =>
        events.Aggregate("", (text, next) => next switch { ModelEvent.Text piece => text + piece.Delta, ModelEvent.Restarted => "", _ => text });

    public static string Thought(IEnumerable<ModelEvent> events) => string.Concat(events.OfType<ModelEvent.Thinking>().Select(piece => piece.Delta));

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
        await C.DisposeAsync();
        _http.Dispose();
        await _services.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

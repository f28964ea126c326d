using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xopc.ServiceDefaults.Redaction;
using Xopc.Storage;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Turns;

public sealed class TurnTelemetryTests : ModelHostTest
{
    [Fact]
    public async Task A_turn_has_a_span_with_its_ids_its_model_and_its_outcome_and_no_word_of_it()
    {
        using var spans = new Spans();
        await using var host = await HostAsync();
        Model.Enqueue(ModelScript.Say("private answer"));
        var (_, ok) = await host.AskAsync("private question", "private-person");
        Model.Enqueue(ModelScript.Fail(401));
        await host.AskAsync("private question", "private-person");

        var answered = spans.Of((string)ok!["runId"]!);
        var failed = spans.Of((await host.Services.GetRequiredKeyedService<Database>(AgentsSchema.Database).ReadAsync(
            reader => reader.Scalar("SELECT run_id FROM runs WHERE state = 'error'"), AgentsHost.Cancelled) as string)!);

        Assert.Equal(ActivityStatusCode.Ok, answered.Status);
        Assert.Equal(
            ("main", 1, "fake/echo", "ok"),
            (answered.GetTagItem("xopc.agent.id"), answered.GetTagItem("xopc.turn.attempt"), answered.GetTagItem("xopc.model"), answered.GetTagItem("xopc.turn.outcome")));
        Assert.NotNull(answered.GetTagItem("xopc.turn.id"));
        Assert.Equal((ActivityStatusCode.Error, "error", "Unauthorized"), (failed.Status, failed.GetTagItem("xopc.turn.outcome"), failed.GetTagItem("error.type")));
        var written = string.Join('\n', new[] { answered, failed }.SelectMany(span => span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Append(span.StatusDescription)));
        Assert.DoesNotContain("private", written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_turn_that_is_handed_back_by_a_stop_is_no_failure()
    {
        using var spans = new Spans();
        var host = await HostAsync();
        Model.Enqueue(new ModelScript { Hangs = true });
        using var stream = await host.StreamAsync(HttpMethod.Post, "/api/agent", Message("go"));
        var runId = (string)(await stream.NextAsync())!.Json["runId"]!;
        await Model.RequestArrivedAsync(AgentsHost.Cancelled);

        await host.StopAsync();

        var span = spans.Of(runId);
        Assert.Equal((ActivityStatusCode.Unset, "returned"), (span.Status, span.GetTagItem("xopc.turn.outcome")));
        Directory.Delete(host.State, recursive: true);
    }

    [Fact]
    public async Task Whatever_is_logged_while_a_run_lasts_carries_its_ids()
    {
        var log = new ScopeLog();
        await using var host = await HostAsync(build: builder => builder.Services.AddSingleton<ILoggerProvider>(log));
        Model.Enqueue(ModelScript.Fail(503), ModelScript.Say("answer"));

        var (_, body) = await host.AskAsync("hello", "s");

        // The failed try is logged where models are called, which knows nothing of turns.
        var entry = log.Entries.First(entry => entry.Category.Contains("ModelRunner", StringComparison.Ordinal));
        Assert.Equal((string)body!["runId"]!, entry.Scope["RunId"]);
        Assert.Equal((string)body["sessionKey"]!, entry.Scope["SessionKey"]);
        Assert.True(Guid.TryParse((string?)entry.Scope["TurnId"], out _));
    }

    [Fact]
    public async Task Keys_of_providers_are_masked_wherever_they_turn_up_also_after_a_reload()
    {
        await using var host = await AgentsHost.StartAsync(configure: _ => { });
        var redactor = host.Get<Redactor>();
        WriteModels(host, "plainwords-first");
        Assert.True(host.Get<Xopc.Agents.Models.ModelCatalog>().Reload());
        var first = redactor.Redact("it said plainwords-first and headerwords-x");

        WriteModels(host, "plainwords-second");
        Assert.True(host.Get<Xopc.Agents.Models.ModelCatalog>().Reload());
        var second = redactor.Redact("it said plainwords-second and plainwords-first");

        Assert.Equal("it said *** and ***", first);
        Assert.Equal("it said *** and ***", second); // a call under way may still tell of the replaced one
    }

    private static void WriteModels(AgentsHost host, string key) => File.WriteAllText(
        Path.Combine(host.State, "models.json"),
        """{"providers":{"own":{"api":"openai-completions","baseUrl":"http://127.0.0.1:9","apiKey":"KEY","headers":{"X-Api-Key":"headerwords-x","X-Trace":"ordinary-words"},"models":[{"id":"m"}]}}}"""
            .Replace("KEY", key, StringComparison.Ordinal));

    private sealed class Spans : IDisposable
    {
        private readonly ConcurrentQueue<Activity> _spans = new();
        private readonly ActivityListener _listener;

        public Spans()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "Xopc.Agents",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = _spans.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        // Other tests of the process have turns too.
        public Activity Of(string runId) => _spans.Single(span => span.DisplayName == "turn" && span.GetTagItem("xopc.run.id") is string id && id == runId);

        public void Dispose() => _listener.Dispose();
    }

    private sealed class ScopeLog : ILoggerProvider, ISupportExternalScope
    {
        private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

        public ConcurrentQueue<(string Category, Dictionary<string, object?> Scope)> Entries { get; } = new();

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Logger(ScopeLog log, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => log._scopes.Push(state);

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                var scope = new Dictionary<string, object?>();
                log._scopes.ForEachScope(
                    static (item, all) =>
                    {
                        foreach (var (name, value) in item as IEnumerable<KeyValuePair<string, object?>> ?? [])
                        {
                            all[name] = value;
                        }
                    },
                    scope);
                log.Entries.Enqueue((category, scope));
            }
        }
    }
}

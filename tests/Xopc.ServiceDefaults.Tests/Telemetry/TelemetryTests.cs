using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Xopc.ServiceDefaults.Redaction;
using Xopc.ServiceDefaults.Telemetry;
using Xopc.Testing.Telemetry;

namespace Xopc.ServiceDefaults.Tests.Telemetry;

public sealed class TelemetryTests : IDisposable
{
    private const string Canary = "Canary4242-of-telemetry";
    private const string BotToken = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-pM";
    private static readonly ActivitySource Source = new("Xopc.Telemetry.Tests");
    private static readonly Meter Meter = new("Xopc.Telemetry.Tests");
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Traces_metrics_and_logs_are_exported_and_no_secret_is_in_any_of_them()
    {
        await using var receiver = new OtlpReceiver();
        await using (var app = await StartAsync(receiver.Settings))
        {
            Meter.CreateCounter<long>("xopc.test.outcomes").Add(1);
            using var response = await app.Client.GetAsync($"/jobs/7?token={Canary}&plain=1", TestContext.Current.CancellationToken);
            Assert.Equal("done", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            using var unseen = SuppressInstrumentationScope.Begin(); // of the client in this process; the server filters for itself
            using var probe = await app.Client.GetAsync("/alive", TestContext.Current.CancellationToken);
        }

        Assert.Contains("xopc-test", receiver.Of("traces"), StringComparison.Ordinal);
        Assert.Contains("/jobs/{id}", receiver.Of("traces"), StringComparison.Ordinal);
        Assert.Contains("inner work", receiver.Of("traces"), StringComparison.Ordinal);
        Assert.Contains("/bot***/getMe", receiver.Of("traces"), StringComparison.Ordinal);
        Assert.DoesNotContain("/alive", receiver.Of("traces"), StringComparison.Ordinal);
        Assert.Contains("xopc.test.outcomes", receiver.Of("metrics"), StringComparison.Ordinal);
        Assert.Contains("http.server.request.duration", receiver.Of("metrics"), StringComparison.Ordinal);
        Assert.DoesNotContain("http.server.active_requests", receiver.Of("metrics"), StringComparison.Ordinal);
        Assert.Contains("dotnet.gc", receiver.Of("metrics"), StringComparison.Ordinal);
        Assert.Contains("worked with", receiver.Of("logs"), StringComparison.Ordinal);
        Assert.Contains("exception.stacktrace", receiver.Of("logs"), StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, receiver.All, StringComparison.Ordinal);
        Assert.DoesNotContain("AAEhBOweik6ad9r", receiver.All, StringComparison.Ordinal);
        Assert.DoesNotContain("live secret of the edge", receiver.All, StringComparison.Ordinal);
        var files = string.Concat(Directory.GetFiles(_directory.Path, "*.log").Select(File.ReadAllText));
        Assert.Contains("worked with", files, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, files, StringComparison.Ordinal);
        Assert.DoesNotContain("live secret of the edge", files, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exports_are_not_exported_again_even_where_every_client_of_the_factory_retries_and_logs()
    {
        await using var receiver = new OtlpReceiver();
        await using (var app = await StartAsync(receiver.Settings, services => services.ConfigureHttpClientDefaults(client => client.AddStandardResilienceHandler())))
        {
            using var response = await app.Client.GetAsync("/jobs/7", TestContext.Current.CancellationToken);
        }

        Assert.DoesNotContain("v1/traces", receiver.All, StringComparison.Ordinal);
        Assert.DoesNotContain("v1/logs", receiver.All, StringComparison.Ordinal);
        Assert.DoesNotContain("v1/metrics", receiver.All, StringComparison.Ordinal);
        Assert.InRange(receiver.CountOf("logs"), 1, 2);
    }

    [Fact]
    public async Task Without_an_endpoint_nothing_of_opentelemetry_is_registered_and_lines_have_their_trace_all_the_same()
    {
        const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await using (var app = await StartAsync(new() { ["XOPC_LOG_CONSOLE"] = "false" }))
        {
            Assert.Null(app.Services.GetService<TracerProvider>());
            using var request = new HttpRequestMessage(HttpMethod.Get, "/jobs/7");
            request.Headers.Add("traceparent", Parent);
            using var response = await app.Client.SendAsync(request, TestContext.Current.CancellationToken);
        }

        var lines = File.ReadAllLines(Directory.GetFiles(_directory.Path, "*.log").Single());
        Assert.Contains(lines, l => l.Contains("worked with", StringComparison.Ordinal) && l.Contains("\"traceId\":\"0af7651916cd43dd8448eb211c80319c\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_an_endpoint_our_spans_carry_ids_and_record_nothing()
    {
        using var listener = new TraceContextListener();
        await listener.StartingAsync(TestContext.Current.CancellationToken);

        using var span = new ActivitySource("Xopc.Ids.Only").StartActivity("work");
        using var foreign = new ActivitySource("Somebody.Else").StartActivity("work");

        Assert.NotNull(span);
        Assert.False(span.IsAllDataRequested);
        Assert.False(span.Recorded);
        Assert.Null(foreign);
    }

    [Fact]
    public void Every_place_of_a_span_that_holds_text_is_cleaned_before_export()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name == "Redaction.Of.Spans",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("Redaction.Of.Spans");
        var link = new ActivityLink(default, new ActivityTagsCollection { ["token"] = Canary });
        var span = source.StartActivity("work", ActivityKind.Client, default(ActivityContext), links: [link])!;
        span.DisplayName = $"GET /?token={Canary}";
        span.SetTag("url.full", $"https://api.telegram.org/bot{BotToken}/getMe?token={Canary}");
        span.AddTag("twice", "fine").AddTag("twice", $"apiKey={Canary}");
        span.SetTag("app.secret", Canary).SetTag("texts", (string[])[$"Bearer {Canary}", "fine"]).SetTag("uri", new Uri($"http://u:{Canary}@h/")).SetTag("count", 5);
        span.AddException(new InvalidOperationException($"password={Canary}"));
        span.SetStatus(ActivityStatusCode.Error, $"secret: {Canary}");
        span.Stop();

        new RedactingSpanProcessor(new Redactor(new SecretRegistry())).OnEnd(span);

        var everything = string.Join('\n', span.TagObjects.Concat(span.Events.SelectMany(e => e.Tags)).Concat(span.Links.SelectMany(l => l.Tags ?? []))
            .Select(t => $"{t.Key}={(t.Value is string[] texts ? string.Join(',', texts) : t.Value)}")) + span.DisplayName + span.StatusDescription;
        Assert.DoesNotContain(Canary, everything, StringComparison.Ordinal);
        Assert.DoesNotContain(BotToken, everything, StringComparison.Ordinal);
        Assert.Contains("/bot***/getMe", everything, StringComparison.Ordinal);
        Assert.Equal(5, span.GetTagItem("count"));
        Assert.Contains(span.Events.Single().Tags, t => t.Key == "exception.type");
    }

    private Task<TestApp> StartAsync(Dictionary<string, string?> settings, Action<IServiceCollection>? register = null) => TestApp.StartAsync(
        app =>
        {
            app.MapGet("/jobs/{id}", WorkAsync);
            app.MapDefaultEndpoints();
        },
        builder =>
        {
            builder.AddServiceDefaults("xopc-test", _directory.Path);
            builder.Services.AddHttpClient("telegram");
            register?.Invoke(builder.Services);
        },
        settings,
        kestrel: true);

    private static async Task<string> WorkAsync(HttpContext context, IHttpClientFactory clients, SecretRegistry secrets, ILoggerFactory loggers)
    {
        secrets.Register("live secret of the edge");
        using (Source.StartActivity("inner work")?.SetTag("password", Canary).SetTag("note", "the live secret of the edge"))
        {
            var self = $"http://127.0.0.1:{context.Connection.LocalPort}/bot{BotToken}/getMe?token={Canary}";
            using var ignored = await clients.CreateClient("telegram").GetAsync(self, context.RequestAborted);
        }

        var log = loggers.CreateLogger("Xopc.Test");
        using (log.BeginScope(new Dictionary<string, object> { ["apiKey"] = Canary, ["SessionKey"] = "main:x" }))
        {
#pragma warning disable CA1848, CA2254, CA1873 // what a careless line would do is the point
            log.LogWarning(new InvalidOperationException($"Authorization: Bearer {Canary}"), "worked with {Token} and {Url} and the live secret of the edge", Canary, $"/x?token={Canary}");
            log.LogInformation("header " + "Authorization: Bearer " + Canary);
            log.LogInformation("settings {@Settings}", new { Name = "x", Nested = new { ClientSecret = Canary }, Values = (string[])[$"apiKey={Canary}"] });
#pragma warning restore CA1848, CA2254, CA1873
        }

        return "done";
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Xopc.Testing.Models;

/// <summary>
/// A model server on a port of its own that does what scripts say. A request takes the next enqueued script, else the script of its model, else the one its
/// model's name spells (<see cref="ModelScript.ByName"/>). From another process: <c>POST /_control {"model":"m","behave":"cut-after-5"}</c>,
/// <c>GET /_requests</c>.
/// </summary>
public abstract class FakeModelServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ModelScript> _next = new();
    private readonly ConcurrentDictionary<string, ModelScript> _byModel = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<RecordedModelRequest> _requests = new();
    private readonly SemaphoreSlim _arrived = new(0);

    protected FakeModelServer(string path)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, 0);
            options.Limits.MaxRequestBodySize = 512L * 1024 * 1024;
        });
        _app = builder.Build();
        _app.MapPost(path, AnswerAsync);
        _app.MapPost("/_control", ControlAsync);
        _app.MapGet("/_requests", () => Results.Json(_requests.Select(request => new { request.Path, request.Model, request.Headers, request.Body })));
        Map(_app);
    }

    /// <summary>Root of the server, without a path.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Every request so far, in order of arrival.</summary>
    public IReadOnlyList<RecordedModelRequest> Requests => [.. _requests];

    /// <summary>The next request, whatever its model, gets this script.</summary>
    public void Enqueue(params ModelScript[] scripts)
    {
        foreach (var script in scripts)
        {
            _next.Enqueue(script);
        }
    }

    /// <summary>Requests for a model get this script from now on.</summary>
    public void ForModel(string model, ModelScript script) => _byModel[model] = script;

    /// <summary>Waits for one more request than were waited for before.</summary>
    public Task RequestArrivedAsync(CancellationToken cancellationToken) => _arrived.WaitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // Hanging answers end with their connections; nothing here is worth a wait.
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _arrived.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected Task ListenAsync() => _app.StartAsync();

    /// <summary>Event name of a frame with a piece of the answer; null where the protocol names none.</summary>
    protected virtual string? DeltaEvent => null;

    protected virtual void Map(WebApplication app)
    {
    }

    protected abstract Task WriteErrorAsync(HttpContext context, ModelScript script);

    protected abstract Task WriteStreamAsync(HttpContext context, ModelScript script, string model);

    protected abstract Task WriteWholeAsync(HttpContext context, ModelScript script, string model);

    /// <summary>The script's pace before a token; ends the answer early where the script does.</summary>
    /// <returns>False: the answer stops here.</returns>
    protected async Task<bool> PaceAsync(HttpContext context, ModelScript script, int token)
    {
        if (token == script.CutAfter)
        {
            await context.Response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
            return false;
        }

        if (token == script.EndsAfter)
        {
            return false;
        }

        if (token == script.HangsAfter)
        {
            await HangAsync(context);
            return false;
        }

        if (token == script.MalformedAfter)
        {
            await SendAsync(context, script, DeltaEvent, "{\"choices\":[{\"delta\":{\"content\":}}");
            return false;
        }

        var pause = token == 0 ? script.BeforeFirst : script.BetweenTokens;
        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, context.RequestAborted);
        }

        await (script.Gate?.Invoke(token) ?? Task.CompletedTask);
        return true;
    }

    protected static async Task SendAsync(HttpContext context, ModelScript script, string? eventName, string data)
    {
        var frame = new StringBuilder(script.KeepsAlive ? ": keep-alive\n\n" : "");
        frame.Append(eventName is null ? "" : $"event: {eventName}\n").Append("data: ").Append(data).Append("\n\n");
        await context.Response.WriteAsync(frame.ToString(), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    protected static async Task HangAsync(HttpContext context)
    {
        await context.Response.Body.FlushAsync(context.RequestAborted);
        var left = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(left.SetResult);
        await left.Task;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var document = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var body = document.RootElement.Clone();
        var model = body.GetProperty("model").GetString()!;
        var headers = context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString());
        _requests.Enqueue(new RecordedModelRequest(context.Request.Path, model, headers, body));
        _arrived.Release();
        var script = _next.TryDequeue(out var next) ? next : _byModel.TryGetValue(model, out var own) ? own : ModelScript.ByName(model);
        if (script.TellsHeaders)
        {
            var told = headers.Where(header => header.Key is "authorization" || header.Key.StartsWith("x-", StringComparison.Ordinal)).Select(header => header.Value.Split(' ')[^1]);
            script = script with { ErrorMessage = "Refused: " + string.Join(' ', told) };
        }

        try
        {
            await AnswerAsync(context, Adapt(script, body), body, model);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left, which half of the tests are about.
        }
    }

    private async Task AnswerAsync(HttpContext context, ModelScript script, JsonElement body, string model)
    {
        if (script.Hangs)
        {
            await HangAsync(context);
        }
        else if (script.IsWebPage)
        {
            context.Response.StatusCode = script.Status;
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.WriteAsync("<!doctype html><title>Welcome</title>", context.RequestAborted);
        }
        else if (script.Status != 200)
        {
            context.Response.StatusCode = script.Status;
            context.Response.ContentType = "application/json";
            context.Response.Headers.RetryAfter = script.RetryAfter;
            await WriteErrorAsync(context, script);
        }
        else if (script.RefusesToStream || !body.TryGetProperty("stream", out var stream) || stream.ValueKind != JsonValueKind.True)
        {
            context.Response.ContentType = "application/json";
            await WriteWholeAsync(context, script, model);
        }
        else
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.StartAsync(context.RequestAborted);
            await WriteStreamAsync(context, script, model);
            if (script.StaysOpen)
            {
                await HangAsync(context);
            }
        }
    }

    private static ModelScript Adapt(ModelScript script, JsonElement body)
    {
        var messages = body.GetProperty("messages").EnumerateArray().ToList();
        var asked = messages.FindLast(message => message.GetProperty("role").ValueEquals("user"));
        var words = asked.ValueKind == JsonValueKind.Undefined ? "" : Text(asked.GetProperty("content"));
        script = script.ByText?.Invoke(words) ?? script;
        if (script.ToolCalls.Count > 0 && messages.Count > 0 && EndsWithToolResult(messages[^1]))
        {
            return script with { ToolCalls = [], Tokens = script.AfterTools ?? ["The tool said: ", ToolResult(messages[^1])], Echoes = false };
        }

        if (script.ToolCalls.Count > 0)
        {
            return script with { Tokens = script.Echoes ? [] : script.Tokens, Echoes = false };
        }

        return script.Echoes ? script with { Tokens = Split(words) } : script;
    }

    private static string[] Split(string text)
    {
        var words = text.Split(' ');
        return text.Length == 0 ? ["(nothing)"] : [.. words.Select((word, index) => index == 0 ? word : " " + word)];
    }

    private static bool EndsWithToolResult(JsonElement message) => message.GetProperty("role").ValueEquals("tool")
        || (message.GetProperty("content") is { ValueKind: JsonValueKind.Array } parts && parts.EnumerateArray().Any(part => part.GetProperty("type").ValueEquals("tool_result")));

    private static string ToolResult(JsonElement message)
    {
        var content = message.GetProperty("content");
        return content.ValueKind == JsonValueKind.Array && content[0].TryGetProperty("content", out var inner) ? Text(inner) : Text(content);
    }

    private static string Text(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!,
        JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(part => part.TryGetProperty("text", out var text) ? text.GetString() : "")),
        _ => "",
    };

    private async Task ControlAsync(HttpContext context)
    {
        using var document = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var script = ModelScript.ByName(document.RootElement.GetProperty("behave").GetString()!);
        if (document.RootElement.TryGetProperty("model", out var model))
        {
            ForModel(model.GetString()!, script);
        }
        else
        {
            Enqueue(script);
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}

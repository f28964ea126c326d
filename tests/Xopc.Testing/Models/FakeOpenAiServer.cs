using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Xopc.Testing.Models;

/// <summary>Speaks OpenAI's chat completions at <c>{BaseUrl}/chat/completions</c>, and Ollama's <c>/api/tags</c>.</summary>
public sealed class FakeOpenAiServer : FakeModelServer
{
    private FakeOpenAiServer()
        : base("/v1/chat/completions")
    {
    }

    /// <summary>Ends in <c>/v1</c>.</summary>
    public Uri BaseUrl => new(Address, "/v1");

    /// <summary>Names that <c>/api/tags</c> lists; null lets it answer 404, as a server that is no Ollama.</summary>
    public IReadOnlyList<string>? OllamaModels { get; set; }

    public static async Task<FakeOpenAiServer> StartAsync()
    {
        var server = new FakeOpenAiServer();
        await server.ListenAsync();
        return server;
    }

    protected override void Map(WebApplication app) => app.MapGet("/api/tags", () =>
        OllamaModels is { } names ? Results.Json(new { models = names.Select(name => new { name }) }) : Results.NotFound());

    protected override Task WriteErrorAsync(HttpContext context, ModelScript script) => context.Response.WriteAsync(Error(script), context.RequestAborted);

    protected override async Task WriteStreamAsync(HttpContext context, ModelScript script, string model)
    {
        if (script.RawFrames is { } raw)
        {
            foreach (var frame in raw)
            {
                await context.Response.WriteAsync(frame, context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }

            return;
        }

        await SendAsync(context, script, null, Chunk(model, new JsonObject { ["role"] = "assistant", ["content"] = "" }));
        foreach (var piece in script.Thinking)
        {
            await SendAsync(context, script, null, Chunk(model, new JsonObject { ["reasoning_content"] = piece }));
        }

        for (var i = 0; i <= script.Tokens.Count; i++)
        {
            if (i == script.ErrorAfter)
            {
                await SendAsync(context, script, null, Error(script));
                return;
            }

            if (!await PaceAsync(context, script, i))
            {
                return;
            }

            if (i < script.Tokens.Count)
            {
                await SendAsync(context, script, null, Chunk(model, new JsonObject { ["content"] = script.Tokens[i] }));
            }
        }

        await SendToolCallsAsync(context, script, model);
        var reason = script.StopReason ?? (script.ToolCalls.Count > 0 ? "tool_calls" : "stop");
        await SendAsync(context, script, null, Chunk(model, [], reason));
        if (!script.OmitsUsage)
        {
            await SendAsync(context, script, null, new JsonObject { ["choices"] = new JsonArray(), ["usage"] = Usage(script) }.ToJsonString());
        }

        if (!script.OmitsDone)
        {
            await SendAsync(context, script, null, "[DONE]");
        }
    }

    protected override Task WriteWholeAsync(HttpContext context, ModelScript script, string model)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = string.Concat(script.Tokens) };
        if (script.Thinking.Count > 0)
        {
            message["reasoning_content"] = string.Concat(script.Thinking);
        }

        if (script.ToolCalls.Count > 0)
        {
            message["tool_calls"] = new JsonArray([.. script.ToolCalls.Select((call, index) => ToolCall(index, Id(call, index), call.Name, call.ArgumentsJson))]);
        }

        var reason = script.StopReason ?? (script.ToolCalls.Count > 0 ? "tool_calls" : "stop");
        var body = new JsonObject
        {
            ["id"] = "chatcmpl-1", ["object"] = "chat.completion", ["model"] = model,
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["message"] = message, ["finish_reason"] = reason }),
        };
        if (!script.OmitsUsage)
        {
            body["usage"] = Usage(script);
        }

        return context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }

    // Pieces of parallel calls come interleaved, as the real ones may.
    private static async Task SendToolCallsAsync(HttpContext context, ModelScript script, string model)
    {
        for (var i = 0; i < script.ToolCalls.Count; i++)
        {
            await SendAsync(context, script, null, Chunk(model, Delta(ToolCall(i, Id(script.ToolCalls[i], i), script.ToolCalls[i].Name, ""))));
        }

        for (var piece = 0; piece < script.ToolCalls.Select(call => call.Pieces).DefaultIfEmpty(0).Max(); piece++)
        {
            for (var i = 0; i < script.ToolCalls.Count; i++)
            {
                var (json, pieces) = (script.ToolCalls[i].ArgumentsJson, script.ToolCalls[i].Pieces);
                if (piece < pieces)
                {
                    var part = json[(json.Length * piece / pieces)..(json.Length * (piece + 1) / pieces)];
                    await SendAsync(context, script, null, Chunk(model, Delta(ToolCall(i, null, null, part))));
                }
            }
        }

        static JsonObject Delta(JsonObject call) => new() { ["tool_calls"] = new JsonArray(call) };
    }

    private static string Id(ScriptedToolCall call, int index) => call.Id.Length > 0 ? call.Id : $"call_{index}";

    private static JsonObject ToolCall(int index, string? id, string? name, string arguments)
    {
        var function = new JsonObject { ["arguments"] = arguments };
        var call = new JsonObject { ["index"] = index, ["function"] = function };
        if (id is not null)
        {
            call["id"] = id;
            call["type"] = "function";
            function["name"] = name;
        }

        return call;
    }

    private static string Chunk(string model, JsonObject delta, string? reason = null) => new JsonObject
    {
        ["id"] = "chatcmpl-1", ["object"] = "chat.completion.chunk", ["model"] = model,
        ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = reason }),
    }.ToJsonString();

    private static JsonObject Usage(ModelScript script) => new()
    {
        ["prompt_tokens"] = 10, ["completion_tokens"] = script.Tokens.Count, ["total_tokens"] = 10 + script.Tokens.Count,
        ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = 4 },
    };

    private static string Error(ModelScript script) => JsonSerializer.Serialize(new
    {
        error = new { message = script.ErrorMessage ?? "The fake model was told to fail.", type = "fake_error", code = script.ErrorCode },
    });
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Xopc.Testing.Models;

/// <summary>Speaks Anthropic's messages at <c>{Address}/v1/messages</c>.</summary>
public sealed class FakeAnthropicServer : FakeModelServer
{
    /// <summary>The signature that closes scripted thinking.</summary>
    public const string Signature = "c2lnbmVk";

    private FakeAnthropicServer()
        : base("/v1/messages")
    {
    }

    public static async Task<FakeAnthropicServer> StartAsync()
    {
        var server = new FakeAnthropicServer();
        await server.ListenAsync();
        return server;
    }

    protected override string? DeltaEvent => "content_block_delta";

    protected override Task WriteErrorAsync(HttpContext context, ModelScript script) => context.Response.WriteAsync(Error(script), context.RequestAborted);

    protected override async Task WriteStreamAsync(HttpContext context, ModelScript script, string model)
    {
        await SendAsync(context, script, "message_start", new JsonObject { ["type"] = "message_start", ["message"] = Message(script, model, [], null, 1) }.ToJsonString());
        await SendAsync(context, script, "ping", """{"type":"ping"}""");
        var index = 0;
        if (script.Thinking.Count > 0)
        {
            await SendThinkingAsync(context, script, index++);
        }

        if (!await SendTextAsync(context, script, index))
        {
            return;
        }

        index += script.Tokens.Count > 0 ? 1 : 0;
        for (var i = 0; i < script.ToolCalls.Count; i++)
        {
            await SendToolCallAsync(context, script, index++, i);
        }

        var end = new JsonObject
        {
            ["type"] = "message_delta",
            ["delta"] = new JsonObject { ["stop_reason"] = StopReason(script), ["stop_sequence"] = null },
            ["usage"] = new JsonObject { ["output_tokens"] = script.Tokens.Count },
        };
        await SendAsync(context, script, "message_delta", end.ToJsonString());
        if (!script.OmitsDone)
        {
            await SendAsync(context, script, "message_stop", """{"type":"message_stop"}""");
        }
    }

    protected override Task WriteWholeAsync(HttpContext context, ModelScript script, string model)
    {
        var content = new JsonArray();
        if (script.Thinking.Count > 0)
        {
            content.Add(new JsonObject { ["type"] = "thinking", ["thinking"] = string.Concat(script.Thinking), ["signature"] = Signature });
        }

        if (script.Tokens.Count > 0)
        {
            content.Add(new JsonObject { ["type"] = "text", ["text"] = string.Concat(script.Tokens) });
        }

        for (var i = 0; i < script.ToolCalls.Count; i++)
        {
            content.Add(ToolUse(script.ToolCalls[i], i, JsonNode.Parse(script.ToolCalls[i].ArgumentsJson)!));
        }

        return context.Response.WriteAsync(Message(script, model, content, StopReason(script), script.Tokens.Count).ToJsonString(), context.RequestAborted);
    }

    private static async Task SendThinkingAsync(HttpContext context, ModelScript script, int index)
    {
        await SendBlockStartAsync(context, script, index, new JsonObject { ["type"] = "thinking", ["thinking"] = "", ["signature"] = "" });
        foreach (var piece in script.Thinking)
        {
            await SendDeltaAsync(context, script, index, new JsonObject { ["type"] = "thinking_delta", ["thinking"] = piece });
        }

        await SendDeltaAsync(context, script, index, new JsonObject { ["type"] = "signature_delta", ["signature"] = Signature });
        await SendBlockStopAsync(context, script, index);
    }

    private async Task<bool> SendTextAsync(HttpContext context, ModelScript script, int index)
    {
        if (script.Tokens.Count > 0)
        {
            await SendBlockStartAsync(context, script, index, new JsonObject { ["type"] = "text", ["text"] = "" });
        }

        for (var i = 0; i <= script.Tokens.Count; i++)
        {
            if (i == script.ErrorAfter)
            {
                await SendAsync(context, script, "error", Error(script));
                return false;
            }

            if (!await PaceAsync(context, script, i))
            {
                return false;
            }

            if (i < script.Tokens.Count)
            {
                await SendDeltaAsync(context, script, index, new JsonObject { ["type"] = "text_delta", ["text"] = script.Tokens[i] });
            }
        }

        if (script.Tokens.Count > 0)
        {
            await SendBlockStopAsync(context, script, index);
        }

        return true;
    }

    private static async Task SendToolCallAsync(HttpContext context, ModelScript script, int index, int number)
    {
        var call = script.ToolCalls[number];
        await SendBlockStartAsync(context, script, index, ToolUse(call, number, new JsonObject()));
        for (var piece = 0; piece < call.Pieces; piece++)
        {
            var json = call.ArgumentsJson[(call.ArgumentsJson.Length * piece / call.Pieces)..(call.ArgumentsJson.Length * (piece + 1) / call.Pieces)];
            await SendDeltaAsync(context, script, index, new JsonObject { ["type"] = "input_json_delta", ["partial_json"] = json });
        }

        await SendBlockStopAsync(context, script, index);
    }

    private static Task SendBlockStartAsync(HttpContext context, ModelScript script, int index, JsonObject block) =>
        SendAsync(context, script, "content_block_start", new JsonObject { ["type"] = "content_block_start", ["index"] = index, ["content_block"] = block }.ToJsonString());

    private static Task SendDeltaAsync(HttpContext context, ModelScript script, int index, JsonObject delta) =>
        SendAsync(context, script, "content_block_delta", new JsonObject { ["type"] = "content_block_delta", ["index"] = index, ["delta"] = delta }.ToJsonString());

    private static Task SendBlockStopAsync(HttpContext context, ModelScript script, int index) =>
        SendAsync(context, script, "content_block_stop", new JsonObject { ["type"] = "content_block_stop", ["index"] = index }.ToJsonString());

    private static JsonObject ToolUse(ScriptedToolCall call, int number, JsonNode input) => new()
    {
        ["type"] = "tool_use", ["id"] = call.Id.Length > 0 ? call.Id : $"toolu_{number}", ["name"] = call.Name, ["input"] = input,
    };

    private static string StopReason(ModelScript script) => script.StopReason ?? (script.ToolCalls.Count > 0 ? "tool_use" : "end_turn");

    private static JsonObject Message(ModelScript script, string model, JsonArray content, string? stopReason, int outputTokens) => new()
    {
        ["id"] = "msg_1", ["type"] = "message", ["role"] = "assistant", ["model"] = model, ["content"] = content, ["stop_reason"] = stopReason, ["stop_sequence"] = null,
        ["usage"] = new JsonObject
        {
            ["input_tokens"] = 10, ["output_tokens"] = outputTokens, ["cache_read_input_tokens"] = 4, ["cache_creation_input_tokens"] = 2,
        },
    };

    private static string Error(ModelScript script) => JsonSerializer.Serialize(new
    {
        type = "error",
        error = new { type = script.ErrorCode ?? "fake_error", message = script.ErrorMessage ?? "The fake model was told to fail." },
    });
}

using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Xopc.Agents.Models;

/// <summary>Writes a chat completion request as UTF-8, straight into pooled memory.</summary>
internal static class OpenAiRequestWriter
{
    /// <summary>Ten attachments of 25 MiB would not fit; no provider takes that much either.</summary>
    public const int MaxBytes = 128 * 1024 * 1024;

    // Text goes as it is: the reader is an API, not a web page.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static PooledBuffer Write(ModelInfo model, OpenAiQuirks quirks, IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var body = new PooledBuffer(8 * 1024, MaxBytes);
        try
        {
            using var json = new Utf8JsonWriter(body, Plain);
            json.WriteStartObject();
            json.WriteString("model"u8, model.Id);
            json.WriteStartArray("messages"u8);
            WriteMessages(json, model, messages);
            json.WriteEndArray();
            json.WriteBoolean("stream"u8, true);
            if (model.Dialect.UsageInStreaming && !quirks.HasFlag(OpenAiQuirks.NoStreamOptions))
            {
                json.WriteStartObject("stream_options"u8);
                json.WriteBoolean("include_usage"u8, true);
                json.WriteEndObject();
            }

            WriteOptions(json, model, quirks, options);
            WriteTools(json, options);
            json.WriteEndObject();
            json.Flush();
            return body;
        }
        catch (BufferLimitException ex)
        {
            body.Dispose();
            throw new ModelCallException(ModelFailureKind.ContextTooLong, $"cannot be sent a conversation of more than {MaxBytes >> 20} MiB", inner: ex);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private static void WriteMessages(Utf8JsonWriter json, ModelInfo model, IEnumerable<ChatMessage> messages)
    {
        var toolNames = model.Dialect.ToolResultName ? new Dictionary<string, string>(StringComparer.Ordinal) : null;
        foreach (var message in messages)
        {
            if (message.Role == ChatRole.Tool)
            {
                WriteToolResults(json, message, toolNames);
            }
            else if (message.Role == ChatRole.Assistant)
            {
                WriteAssistant(json, model, message, toolNames);
            }
            else
            {
                json.WriteStartObject();
                json.WriteString("role"u8, message.Role == ChatRole.System ? "system"u8 : "user"u8);
                WriteContent(json, model, message.Contents);
                json.WriteEndObject();
            }
        }
    }

    private static void WriteContent(Utf8JsonWriter json, ModelInfo model, IList<AIContent> contents)
    {
        if (contents is [TextContent only])
        {
            json.WriteString("content"u8, only.Text);
            return;
        }

        json.WriteStartArray("content"u8);
        foreach (var content in contents)
        {
            switch (content)
            {
                case TextContent text:
                    WriteTextPart(json, text.Text);
                    break;
                case DataContent data when data.HasTopLevelMediaType("image") && model.Vision:
                    WriteImagePart(json, data);
                    break;
                case DataContent data:
                    WriteTextPart(json, $"[{data.Name ?? "attachment"}, {data.MediaType}: not shown, this model does not take it]");
                    break;
            }
        }

        json.WriteEndArray();
    }

    private static void WriteTextPart(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "text"u8);
        json.WriteString("text"u8, text);
        json.WriteEndObject();
    }

    private static void WriteImagePart(Utf8JsonWriter json, DataContent image)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "image_url"u8);
        json.WriteStartObject("image_url"u8);
        json.WritePropertyName("url"u8);
        WriteDataUrl(json, image);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // "data:image/png;base64,iVBOR…": encoded straight to UTF-8, since as a string it would take four times the image.
    private static void WriteDataUrl(Utf8JsonWriter json, DataContent image)
    {
        var prefix = System.Text.Encoding.UTF8.GetBytes($"\"data:{JsonEncodedText.Encode(image.MediaType)};base64,");
        var length = prefix.Length + Base64.GetMaxEncodedToUtf8Length(image.Data.Length) + 1;
        var quoted = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            prefix.CopyTo(quoted, 0);
            Base64.EncodeToUtf8(image.Data.Span, quoted.AsSpan(prefix.Length), out _, out var written);
            quoted[prefix.Length + written] = (byte)'"';
            json.WriteRawValue(quoted.AsSpan(0, prefix.Length + written + 1), skipInputValidation: true);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(quoted);
        }
    }

    private static void WriteAssistant(Utf8JsonWriter json, ModelInfo model, ChatMessage message, Dictionary<string, string>? toolNames)
    {
        var text = message.Text;
        var hasCalls = message.Contents.Any(content => content is FunctionCallContent);
        if (text.Length == 0 && !hasCalls)
        {
            // An answer that was only thought or cut before its first word: providers refuse an empty message.
            return;
        }

        json.WriteStartObject();
        json.WriteString("role"u8, "assistant"u8);
        if (text.Length == 0)
        {
            json.WriteNull("content"u8);
        }
        else
        {
            json.WriteString("content"u8, text);
        }

        if (model.Dialect.EchoesReasoning && string.Concat(message.Contents.OfType<TextReasoningContent>().Select(part => part.Text)) is { Length: > 0 } thinking)
        {
            json.WriteString("reasoning_content"u8, thinking);
        }

        if (hasCalls)
        {
            json.WriteStartArray("tool_calls"u8);
            foreach (var call in message.Contents.OfType<FunctionCallContent>())
            {
                toolNames?.TryAdd(call.CallId, call.Name);
                json.WriteStartObject();
                json.WriteString("id"u8, call.CallId);
                json.WriteString("type"u8, "function"u8);
                json.WriteStartObject("function"u8);
                json.WriteString("name"u8, call.Name);
                json.WriteString("arguments"u8, ToolCallArguments.ToJson(call));
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteToolResults(Utf8JsonWriter json, ChatMessage message, Dictionary<string, string>? toolNames)
    {
        foreach (var result in message.Contents.OfType<FunctionResultContent>())
        {
            json.WriteStartObject();
            json.WriteString("role"u8, "tool"u8);
            json.WriteString("tool_call_id"u8, result.CallId);
            if (toolNames?.GetValueOrDefault(result.CallId) is { } name)
            {
                json.WriteString("name"u8, name);
            }

            json.WriteString("content"u8, result.Result?.ToString() ?? "");
            json.WriteEndObject();
        }
    }

    private static void WriteOptions(Utf8JsonWriter json, ModelInfo model, OpenAiQuirks quirks, ChatOptions? options)
    {
        if (options?.MaxOutputTokens is { } max)
        {
            var other = model.Dialect.MaxTokensField == "max_tokens" ? "max_completion_tokens" : "max_tokens";
            json.WriteNumber(quirks.HasFlag(OpenAiQuirks.OtherMaxTokensField) ? other : model.Dialect.MaxTokensField, max);
        }

        if (options?.Temperature is { } temperature && !model.Dialect.FixedTemperature && !quirks.HasFlag(OpenAiQuirks.NoTemperature))
        {
            json.WriteNumber("temperature"u8, Math.Round((decimal)temperature, 4));
        }

        if (options?.Reasoning?.Effort is { } effort && !quirks.HasFlag(OpenAiQuirks.NoReasoning))
        {
            WriteThinking(json, model.Dialect.Thinking, effort);
        }
    }

    private static void WriteThinking(Utf8JsonWriter json, ThinkingFormat format, ReasoningEffort effort)
    {
        var off = effort == ReasoningEffort.None;
        var word = effort switch { ReasoningEffort.Low => "low"u8, ReasoningEffort.High or ReasoningEffort.ExtraHigh => "high"u8, _ => "medium"u8 };
        switch (format)
        {
            case ThinkingFormat.OpenAi when !off:
                json.WriteString("reasoning_effort"u8, word);
                break;
            case ThinkingFormat.OpenRouter:
                json.WriteStartObject("reasoning"u8);
                if (off)
                {
                    json.WriteBoolean("enabled"u8, false);
                }
                else
                {
                    json.WriteString("effort"u8, word);
                }

                json.WriteEndObject();
                break;
            case ThinkingFormat.Zai:
                json.WriteStartObject("thinking"u8);
                json.WriteString("type"u8, off ? "disabled"u8 : "enabled"u8);
                json.WriteEndObject();
                break;
            case ThinkingFormat.Qwen:
                json.WriteBoolean("enable_thinking"u8, !off);
                break;
        }
    }

    private static void WriteTools(Utf8JsonWriter json, ChatOptions? options)
    {
        if (options?.Tools is not { Count: > 0 } tools)
        {
            return;
        }

        json.WriteStartArray("tools"u8);
        foreach (var tool in tools.OfType<AIFunctionDeclaration>())
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "function"u8);
            json.WriteStartObject("function"u8);
            json.WriteString("name"u8, tool.Name);
            json.WriteString("description"u8, tool.Description);
            json.WritePropertyName("parameters"u8);
            json.WriteRawValue(JsonMarshal.GetRawUtf8Value(tool.JsonSchema), skipInputValidation: true);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (options.ToolMode is NoneChatToolMode or RequiredChatToolMode)
        {
            json.WriteString("tool_choice"u8, options.ToolMode is NoneChatToolMode ? "none"u8 : "required"u8);
        }
    }
}

/// <summary>What a server refused once and is spared from then on.</summary>
[Flags]
internal enum OpenAiQuirks
{
    None = 0,
    OtherMaxTokensField = 1,
    NoTemperature = 2,
    NoReasoning = 4,
    NoStreamOptions = 8,
}

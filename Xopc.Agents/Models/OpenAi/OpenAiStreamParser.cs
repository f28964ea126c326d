using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Xopc.Agents.Models;

/// <summary>Understands the frames of one streamed chat completion, in all the dialects seen, and also a completion that came in one piece.</summary>
/// <remarks>
/// <code>
/// {"id":"x","model":"m","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]}
/// {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","function":{"name":"grep","arguments":"{\"pat"}}]}}]}
/// {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}}
/// </code>
/// </remarks>
/// <param name="sent">What the request showed of ours, to be kept out of a reported error.</param>
internal sealed class OpenAiStreamParser(SentSecrets sent)
{
    private enum Kind { None, Text, Thinking }

    private readonly StringBuilder _run = new();
    private readonly OpenAiToolCalls _toolCalls = new();
    private List<AIContent> _contents = [];
    private Kind _kind;
    private int _depthOfThinkingPart;

    /// <summary>Why the model stopped, once it said so.</summary>
    public string? FinishReason { get; private set; }

    /// <summary>The server said that nothing follows.</summary>
    public bool IsDone { get; private set; }

    public UsageDetails? Usage { get; private set; }

    public OpenAiToolCalls ToolCalls => _toolCalls;

    /// <summary>Reads one frame.</summary>
    /// <exception cref="ModelCallException">The frame is no JSON, or it reports an error.</exception>
    public void Read(ReadOnlySpan<byte> frame)
    {
        if (frame.SequenceEqual("[DONE]"u8))
        {
            IsDone = true;
            return;
        }

        try
        {
            var json = new Utf8JsonReader(frame);
            json.Read();
            ReadRoot(ref json, frame);
            if (json.Read())
            {
                throw new JsonException();
            }
        }
        catch (Exception ex) when (ex is JsonException or InvalidOperationException or FormatException)
        {
            // InvalidOperationException: a value of another type than this protocol has there, or half of a surrogate pair.
            throw new ModelCallException(ModelFailureKind.Malformed, "sent something that is no chat completion", isTransient: true, inner: ex);
        }
    }

    /// <summary>What arrived since the last call; null when nothing that is shown did.</summary>
    public IList<AIContent>? Take()
    {
        Seal();
        if (_contents.Count == 0)
        {
            return null;
        }

        var contents = _contents;
        _contents = [];
        return contents;
    }

    private void ReadRoot(ref Utf8JsonReader json, ReadOnlySpan<byte> frame)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException();
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("choices"u8))
            {
                json.Read();
                ReadChoices(ref json);
            }
            else if (json.ValueTextEquals("usage"u8))
            {
                json.Read();
                ReadUsage(ref json);
            }
            else if (json.ValueTextEquals("error"u8))
            {
                json.Read();
                if (json.TokenType is JsonTokenType.StartObject or JsonTokenType.String)
                {
                    throw ModelFailures.FromErrorBody(null, frame, sent);
                }
            }
            else if (json.ValueTextEquals("object"u8))
            {
                json.Read();
                if (json.TokenType == JsonTokenType.String && json.ValueTextEquals("error"u8))
                {
                    throw ModelFailures.FromErrorBody(null, frame, sent);
                }
            }
            else
            {
                json.Skip();
            }
        }
    }

    private void ReadChoices(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return;
        }

        Expect(ref json, JsonTokenType.StartArray);
        for (var index = 0; json.Read() && json.TokenType != JsonTokenType.EndArray; index++)
        {
            if (index == 0)
            {
                ReadChoice(ref json);
            }
            else
            {
                json.Skip();
            }
        }
    }

    private void ReadChoice(ref Utf8JsonReader json)
    {
        Expect(ref json, JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("delta"u8) || json.ValueTextEquals("message"u8))
            {
                json.Read();
                ReadDelta(ref json);
            }
            else if (json.ValueTextEquals("finish_reason"u8))
            {
                json.Read();
                if (json.TokenType == JsonTokenType.String && !json.ValueTextEquals(""u8))
                {
                    FinishReason = json.GetString();
                }
            }
            else
            {
                json.Skip();
            }
        }
    }

    private void ReadDelta(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return;
        }

        Expect(ref json, JsonTokenType.StartObject);
        var hasThinking = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("content"u8) || json.ValueTextEquals("refusal"u8))
            {
                json.Read();
                ReadContent(ref json);
            }
            else if (!hasThinking && (json.ValueTextEquals("reasoning_content"u8) || json.ValueTextEquals("reasoning"u8)))
            {
                // Some send the same text under both names.
                json.Read();
                hasThinking = json.TokenType == JsonTokenType.String;
                ReadString(ref json, Kind.Thinking);
            }
            else if (json.ValueTextEquals("tool_calls"u8))
            {
                json.Read();
                _toolCalls.Read(ref json);
            }
            else
            {
                json.Skip();
            }
        }
    }

    // "text", null, or Mistral's [{"type":"thinking","thinking":[{"type":"text","text":"…"}]},{"type":"text","text":"…"}]
    private void ReadContent(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            ReadString(ref json, Kind.Text);
            return;
        }

        var depth = json.CurrentDepth;
        _depthOfThinkingPart = int.MaxValue;
        while (json.Read() && !(json.TokenType == JsonTokenType.EndArray && json.CurrentDepth == depth))
        {
            if (json.TokenType == JsonTokenType.EndArray && json.CurrentDepth == _depthOfThinkingPart)
            {
                _depthOfThinkingPart = int.MaxValue;
            }

            if (json.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            if (json.ValueTextEquals("thinking"u8))
            {
                json.Read();
                _depthOfThinkingPart = json.TokenType == JsonTokenType.StartArray ? json.CurrentDepth : _depthOfThinkingPart;
                ReadString(ref json, Kind.Thinking);
            }
            else if (json.ValueTextEquals("text"u8))
            {
                json.Read();
                ReadString(ref json, _depthOfThinkingPart < json.CurrentDepth ? Kind.Thinking : Kind.Text);
            }
        }
    }

    private void ReadString(ref Utf8JsonReader json, Kind kind)
    {
        if (json.TokenType != JsonTokenType.String)
        {
            if (json.TokenType == JsonTokenType.StartObject)
            {
                json.Skip();
            }

            return;
        }

        if (_kind != kind)
        {
            Seal();
            _kind = kind;
        }

        if (json.ValueIsEscaped || json.ValueSpan.Length > 256)
        {
            var chars = ArrayPool<char>.Shared.Rent(json.ValueSpan.Length);
            _run.Append(chars, 0, json.CopyString(chars));
            ArrayPool<char>.Shared.Return(chars);
        }
        else
        {
            Span<char> chars = stackalloc char[256];
            _run.Append(chars[..Encoding.UTF8.GetChars(json.ValueSpan, chars)]);
        }
    }

    private void Seal()
    {
        if (_run.Length > 0)
        {
            var text = _run.ToString();
            _run.Clear();
            _contents.Add(_kind == Kind.Thinking ? new TextReasoningContent(text) : new TextContent(text));
        }

        _kind = Kind.None;
    }

    private void ReadUsage(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        var usage = new UsageDetails { InputTokenCount = 0, OutputTokenCount = 0 };
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("prompt_tokens"u8))
            {
                usage.InputTokenCount = Count(ref json);
            }
            else if (json.ValueTextEquals("completion_tokens"u8))
            {
                usage.OutputTokenCount = Count(ref json);
            }
            else if (json.ValueTextEquals("prompt_cache_hit_tokens"u8))
            {
                usage.CachedInputTokenCount = Count(ref json);
            }
            else if (json.ValueTextEquals("prompt_tokens_details"u8))
            {
                json.Read();
                usage.CachedInputTokenCount = Cached(ref json) ?? usage.CachedInputTokenCount;
            }
            else
            {
                json.Skip();
            }
        }

        // Servers that repeat the usage in every frame repeat it growing: the last one counts.
        Usage = usage.InputTokenCount + usage.OutputTokenCount > 0 ? usage : Usage;
    }

    private static long? Cached(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return null;
        }

        long? cached = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("cached_tokens"u8))
            {
                cached = Count(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        return cached;
    }

    private static long Count(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Number)
        {
            return json.TryGetInt64(out var count) ? Math.Max(0, count) : (long)Math.Clamp(json.GetDouble(), 0, 1e15);
        }

        json.Skip();
        return 0;
    }

    private static void Expect(ref Utf8JsonReader json, JsonTokenType type)
    {
        if (json.TokenType != type)
        {
            throw new JsonException();
        }
    }
}

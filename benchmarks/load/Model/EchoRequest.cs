using System.Text.Json;

namespace Xopc.Load.Model;

/// <summary>What the fake model takes from a chat completion request.</summary>
/// <param name="Marker">With its brackets; of the last user message.</param>
/// <param name="UserMessages">User messages in the request, so that a forgotten history shows in the answer.</param>
internal readonly record struct EchoRequest(string Marker, int Tokens, int PaceMs, int UserMessages, bool Stream)
{
    /// <summary>Reads <c>{"messages":[{"role":"user","content":"…" | [{"type":"text","text":"…"}]}],"stream":true}</c>, members in any order.</summary>
    public static EchoRequest Read(ReadOnlySpan<byte> body)
    {
        var json = new Utf8JsonReader(body);
        var (users, stream) = (0, false);
        string? last = null;
        Expect(ref json, JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("messages"u8))
            {
                Expect(ref json, JsonTokenType.StartArray);
                while (json.Read() && json.TokenType == JsonTokenType.StartObject)
                {
                    if (ReadMessage(ref json, out var text))
                    {
                        users++;
                        last = text;
                    }
                }
            }
            else if (json.ValueTextEquals("stream"u8))
            {
                json.Read();
                stream = json.TokenType == JsonTokenType.True;
            }
            else
            {
                json.Skip();
            }
        }

        return new EchoRequest(
            EchoText.MarkerOf(last ?? "") ?? "[[none]]", Math.Clamp(EchoText.NumberAfter(last ?? "", "tokens=", 8), EchoText.MinTokens, 10_000),
            EchoText.NumberAfter(last ?? "", "pace=", 0), users, stream);
    }

    private static bool ReadMessage(ref Utf8JsonReader json, out string? text)
    {
        var user = false;
        text = null;
        var content = default(Utf8JsonReader);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("role"u8))
            {
                json.Read();
                user = json.ValueTextEquals("user"u8);
            }
            else if (json.ValueTextEquals("content"u8))
            {
                json.Read();
                content = json; // becomes text only when the role says user: most of a history is skipped unread
                json.Skip();
            }
            else
            {
                json.Skip();
            }
        }

        if (user)
        {
            text = Text(content);
        }

        return user;
    }

    private static string? Text(Utf8JsonReader content)
    {
        if (content.TokenType == JsonTokenType.String)
        {
            return content.GetString();
        }

        string? text = null;
        if (content.TokenType == JsonTokenType.StartArray)
        {
            var depth = content.CurrentDepth;
            while (content.Read() && content.CurrentDepth > depth)
            {
                if (content.TokenType == JsonTokenType.PropertyName && content.ValueTextEquals("text"u8))
                {
                    content.Read();
                    text += content.GetString();
                }
            }
        }

        return text;
    }

    private static void Expect(ref Utf8JsonReader json, JsonTokenType type)
    {
        if (!json.Read() || json.TokenType != type)
        {
            throw new InvalidDataException($"Expected {type} in a chat completion request.");
        }
    }
}

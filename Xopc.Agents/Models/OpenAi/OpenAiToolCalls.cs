using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Xopc.Agents.Models;

/// <summary>Puts the tool calls of an answer together from their pieces.</summary>
internal sealed class OpenAiToolCalls
{
    private const int MaxCalls = 128;
    private const int MaxArguments = 16 * 1024 * 1024;

    private sealed class Call(int index)
    {
        public int Index { get; } = index;

        public string Id { get; set; } = "";

        public string Name { get; set; } = "";

        public StringBuilder Arguments { get; } = new();
    }

    private readonly List<Call> _calls = [];

    public int Count => _calls.Count;

    /// <summary>Reads the <c>tool_calls</c> array of a delta.</summary>
    public void Read(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return;
        }

        for (var position = 0; json.Read() && json.TokenType != JsonTokenType.EndArray; position++)
        {
            if (json.TokenType != JsonTokenType.StartObject)
            {
                throw new JsonException();
            }

            ReadCall(ref json, position);
        }
    }

    /// <summary>The complete calls.</summary>
    /// <param name="wasCut">The answer ended at its token limit: a last call whose arguments are incomplete is dropped, it was never finished.</param>
    /// <exception cref="ModelCallException">The arguments of a call are no JSON object, or it has no name.</exception>
    public IEnumerable<AIContent> Complete(bool wasCut)
    {
        foreach (var call in _calls)
        {
            var json = call.Arguments.ToString();
            json = string.IsNullOrWhiteSpace(json) ? "{}" : json;
            if (call.Name.Length > 0 && ToolCallArguments.TryParse(json, out var arguments))
            {
                yield return new FunctionCallContent(call.Id, call.Name, arguments) { RawRepresentation = json };
            }
            else if (!wasCut)
            {
                throw new ModelCallException(ModelFailureKind.Malformed, "called a tool with arguments that are no JSON object", isTransient: true);
            }
        }
    }

    private void ReadCall(ref Utf8JsonReader json, int position)
    {
        int? index = null;
        string? id = null;
        string? name = null;
        string? arguments = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("index"u8))
            {
                json.Read();
                index = json.TokenType == JsonTokenType.Number ? json.GetInt32() : null;
            }
            else if (json.ValueTextEquals("id"u8))
            {
                json.Read();
                id = json.TokenType == JsonTokenType.String ? json.GetString() : null;
            }
            else if (json.ValueTextEquals("function"u8))
            {
                json.Read();
                ReadFunction(ref json, out name, out arguments);
            }
            else
            {
                json.Skip();
            }
        }

        var call = Find(index, id, position);
        call.Id = string.IsNullOrEmpty(id) ? call.Id : id;
        call.Name = string.IsNullOrEmpty(name) ? call.Name : name;
        call.Arguments.Append(arguments);
        if (call.Arguments.Length > MaxArguments)
        {
            throw new ModelCallException(ModelFailureKind.Malformed, "called a tool with arguments of more than 16 MiB");
        }
    }

    private static void ReadFunction(ref Utf8JsonReader json, out string? name, out string? arguments)
    {
        (name, arguments) = (null, null);
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("name"u8))
            {
                json.Read();
                name = json.TokenType == JsonTokenType.String ? json.GetString() : null;
            }
            else if (json.ValueTextEquals("arguments"u8))
            {
                json.Read();
                arguments = json.TokenType switch
                {
                    JsonTokenType.String => json.GetString(),
                    // Against the rules, but some send the object itself.
                    JsonTokenType.StartObject => JsonElement.ParseValue(ref json).GetRawText(),
                    _ => null,
                };
            }
            else
            {
                json.Skip();
            }
        }
    }

    // The index says which call a piece belongs to. Some servers leave it out, others number every complete call 0 and tell them apart by id.
    private Call Find(int? index, string? id, int position)
    {
        var known = index is { } at ? _calls.FindLast(call => call.Index == at) : _calls.FindLast(call => string.IsNullOrEmpty(id) || call.Id == id);
        if (known is not null && (string.IsNullOrEmpty(id) || known.Id.Length == 0 || known.Id == id))
        {
            return known;
        }

        if (_calls.Count >= MaxCalls)
        {
            throw new ModelCallException(ModelFailureKind.Malformed, $"made more than {MaxCalls} tool calls at once");
        }

        var added = new Call(index ?? Math.Max(position, _calls.Count));
        _calls.Add(added);
        return added;
    }
}

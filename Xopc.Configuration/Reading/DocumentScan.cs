using System.Text.Json;

namespace Xopc.Configuration;

/// <summary>One pass over the bytes that finds what JSON itself allows or reports too vaguely: keys written twice, half surrogates, the place of an error.</summary>
internal static class DocumentScan
{
    /// <exception cref="ConfigException">With line and column. The reader's own message is not used: it quotes the text, which may be a secret.</exception>
    public static void Check(ReadOnlySpan<byte> bytes, string file)
    {
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = ConfigDocument.MaxDepth });
        var objects = new Stack<HashSet<string>>();
        try
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject:
                        objects.Push(new HashSet<string>(StringComparer.Ordinal));
                        break;
                    case JsonTokenType.EndObject:
                        objects.Pop();
                        break;
                    case JsonTokenType.StartArray or JsonTokenType.Number when reader.CurrentDepth == 0:
                    case JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null or JsonTokenType.String when reader.CurrentDepth == 0:
                        throw ConfigDocument.Unusable(file, "does not hold a JSON object", "Begin it with { and end it with }.");
                    case JsonTokenType.PropertyName:
                        CheckName(ref reader, objects.Peek(), bytes, file);
                        break;
                    case JsonTokenType.String:
                        reader.GetString();
                        break;
                }
            }
        }
        catch (JsonException ex)
        {
            throw Syntax(bytes, file, (int)(ex.LineNumber ?? 0), (int)(ex.BytePositionInLine ?? 0), reader.CurrentDepth);
        }
        catch (InvalidOperationException)
        {
            throw ConfigDocument.Unusable(
                file, $"holds half a surrogate pair ({Place(bytes, (int)reader.TokenStartIndex)})", "Write the character itself, or both halves of its escape.");
        }
    }

    private static void CheckName(ref Utf8JsonReader reader, HashSet<string> names, ReadOnlySpan<byte> bytes, string file)
    {
        var name = reader.GetString()!;
        if (!names.Add(name))
        {
            throw ConfigDocument.Unusable(
                file, $"has the key \"{ReadContext.Printable(name)}\" twice in one object ({Place(bytes, (int)reader.TokenStartIndex)})", "Keep one of the two.");
        }
    }

    private static ConfigException Syntax(ReadOnlySpan<byte> bytes, string file, int line, int column, int depth)
    {
        var at = Offset(bytes, line, column);
        var c = at < bytes.Length ? bytes[at] : (byte)0;
        var place = $"line {line + 1}, column {column + 1}";
        return at >= bytes.Length ? ConfigDocument.Unusable(file, $"ends too early ({place})", "A quote, brace or bracket is not closed.")
            : c is (byte)'/' or (byte)'#' ? ConfigDocument.Unusable(file, $"holds a comment ({place})", "Remove it: the file is plain JSON.")
            : depth >= ConfigDocument.MaxDepth
                ? ConfigDocument.Unusable(file, $"is nested more than {ConfigDocument.MaxDepth} levels deep ({place})", "Flatten it.")
            : c is (byte)'}' or (byte)']' ? ConfigDocument.Unusable(file, $"is not valid JSON ({place})", "Look for a comma before the closing bracket, or a missing value.")
            : ConfigDocument.Unusable(
                file, $"is not valid JSON ({place})", "Look for a missing comma or quote just before it, or for text after the last brace.");
    }

    private static int Offset(ReadOnlySpan<byte> bytes, int line, int column)
    {
        var at = 0;
        for (; line > 0; line--)
        {
            var next = bytes[at..].IndexOf((byte)'\n');
            if (next < 0)
            {
                break;
            }

            at += next + 1;
        }

        return at + column;
    }

    private static string Place(ReadOnlySpan<byte> bytes, int at)
    {
        var before = bytes[..at];
        var line = before.Count((byte)'\n');
        return $"line {line + 1}, column {at - before.LastIndexOf((byte)'\n')}";
    }
}

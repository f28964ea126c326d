using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Http;

/// <summary>Bytes to a value, or an error that a person can act on. No text of an exception reaches the caller: it names our types.</summary>
internal static class ApiJsonParser
{
    private const int LongestPath = 100;

    public static T Parse<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type, int maxDepth)
    {
        if (body.StartsWith("\uFEFF"u8))
        {
            body = body[3..];
        }

        if (body.IsEmpty || body.IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            throw Invalid("The body is empty; a JSON object is expected");
        }

        if (!Utf8.IsValid(body))
        {
            throw Invalid("The body is not valid UTF-8");
        }

        if (HoldsNul(body))
        {
            throw Invalid("The body holds a NUL character (\\u0000), which no text may hold");
        }

        CheckSyntax(body, maxDepth);
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw Invalid("The body is null; a JSON object is expected");
        }
        catch (JsonException e)
        {
            throw Invalid(Explain(e, type));
        }
    }

    /// <summary>Its own pass, so that a syntax error, a value too deep and a wrong type are told apart without reading exception texts.</summary>
    private static void CheckSyntax(ReadOnlySpan<byte> body, int maxDepth)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = maxDepth + 1 });
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth >= maxDepth)
                {
                    throw Invalid($"The JSON is nested deeper than {maxDepth} levels");
                }
            }
        }
        catch (JsonException e)
        {
            throw Invalid($"The body is not valid JSON: line {(e.LineNumber ?? 0) + 1}, byte {(e.BytePositionInLine ?? 0) + 1}");
        }
    }

    private static string Explain(JsonException exception, JsonTypeInfo type)
    {
        // "$.attachments[0].data" → "attachments[0].data"
        var path = exception.Path is { Length: > 2 } full && full.StartsWith('$') ? full[1..].TrimStart('.') : "";
        if (path.Length > LongestPath)
        {
            path = path[..LongestPath] + "…";
        }

        // The serializer says which members are missing in prose only.
        var required = type.Properties.Where(p => p.IsRequired).Select(p => p.Name).ToArray();
        if (path.Length == 0)
        {
            return required.Length > 0 ? $"The body must be a JSON object with: {string.Join(", ", required)}" : "The body must be a JSON object";
        }

        return exception.InnerException is InvalidOperationException
            ? $"The value of '{path}' has the wrong type or is not valid text"
            : $"The value of '{path}' has the wrong type or lacks a required field";
    }

    /// <summary>Finds the escape <c>\u0000</c>; the text <c>\\u0000</c> (a backslash, then letters) is no NUL.</summary>
    private static bool HoldsNul(ReadOnlySpan<byte> body)
    {
        for (var rest = body; ;)
        {
            var at = rest.IndexOf("\\u0000"u8);
            if (at < 0)
            {
                return false;
            }

            var backslashes = 1;
            while (at - backslashes >= 0 && rest[at - backslashes] == (byte)'\\')
            {
                backslashes++;
            }

            if (backslashes % 2 == 1)
            {
                return true;
            }

            rest = rest[(at + 1)..];
        }
    }

    private static ApiException Invalid(string message) => new(ErrorCode.InvalidRequest, message);
}

using System.Text.Json;

namespace Xopc.Cli.Conversation;

/// <summary>Reads fields that another process may have left out or typed otherwise.</summary>
internal static class JsonAccess
{
    public static string? Text(this JsonElement element, string name) => Find(element, name, JsonValueKind.String, static value => value.GetString());

    public static JsonElement? Child(this JsonElement element, string name) => Find(element, name, JsonValueKind.Object, static JsonElement? (value) => value);

    // Half a surrogate pair, escaped, is JSON and no text: neither as a value nor as the name of any member.
    private static T? Find<T>(JsonElement element, string name, JsonValueKind kind, Func<JsonElement, T?> read)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == kind ? read(value) : default;
        }
        catch (InvalidOperationException)
        {
            return default;
        }
    }

    /// <summary>The members of a list; none where there is no list.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    /// <summary>The <c>{"error":{"code","message"}}</c> in an object.</summary>
    public static (string Code, string Message)? ErrorIn(this JsonElement element) =>
        element.Child("error") is { } error && error.Text("code") is { } code ? (code, error.Text("message") ?? code) : null;
}

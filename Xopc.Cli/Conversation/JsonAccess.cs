using System.Text.Json;

namespace Xopc.Cli.Conversation;

/// <summary>Reads fields that another process may have left out or typed otherwise.</summary>
internal static class JsonAccess
{
    public static string? Text(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    public static JsonElement? Child(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    /// <summary>The members of a list; none where there is no list.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    /// <summary>The <c>{"error":{"code","message"}}</c> in an object.</summary>
    public static (string Code, string Message)? ErrorIn(this JsonElement element) =>
        element.Child("error") is { } error && error.Text("code") is { } code ? (code, error.Text("message") ?? code) : null;
}

using System.Text.Json.Nodes;

namespace Xopc.Configuration;

/// <summary>The forms of a model: <c>"provider/model"</c>, or <c>{"primary": …, "fallbacks": […]}</c>. Without fallbacks the first is stored.</summary>
internal static class ModelForms
{
    /// <summary>What the API appends to a model's key for its fallbacks.</summary>
    public const string Fallbacks = "Fallbacks";

    public static (string? Primary, IReadOnlyList<string> Fallbacks) Read(JsonNode? stored)
    {
        if (stored is not JsonObject choice)
        {
            return (Text(stored), []);
        }

        var fallbacks = Texts(choice["fallbacks"]);
        if (Text(choice["primary"]) is { } primary)
        {
            return (primary, fallbacks);
        }

        return fallbacks.Count == 0 ? (null, []) : (fallbacks[0], fallbacks[1..]);
    }

    /// <summary>Null: nothing is chosen. Keys of a later version that stand in the stored object stay.</summary>
    public static JsonNode? Write(string? primary, IReadOnlyList<string> fallbacks, JsonNode? stored)
    {
        var others = (stored as JsonObject)?.Where(member => member.Key is not ("primary" or "fallbacks")).ToList() ?? [];
        if (primary is null || (fallbacks.Count == 0 && others.Count == 0))
        {
            return primary;
        }

        var choice = new JsonObject { ["primary"] = primary, ["fallbacks"] = new JsonArray([.. fallbacks.Select(text => (JsonNode?)JsonValue.Create(text))]) };
        foreach (var (name, value) in others)
        {
            choice[name] = value?.DeepClone();
        }

        return choice;
    }

    public static List<string> Texts(JsonNode? list) => [.. (list as JsonArray ?? []).Select(Text).OfType<string>()];

    /// <summary>Whether it is a list of nothing but texts.</summary>
    public static bool AreTexts(JsonNode node) => node is JsonArray list && list.All(IsText);

    /// <summary>Whether the parts have the right kinds; what they say the reader judges.</summary>
    public static bool IsChoice(JsonObject choice) =>
        (choice["primary"] is not { } primary || IsText(primary)) && (choice["fallbacks"] is not { } fallbacks || AreTexts(fallbacks));

    public static bool IsText(JsonNode? node) => node is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.String;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) && text.Trim() is { Length: > 0 } trimmed ? trimmed : null;
}

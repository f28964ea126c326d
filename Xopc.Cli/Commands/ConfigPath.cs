using System.Globalization;
using System.Text.Json.Nodes;

namespace Xopc.Cli.Commands;

/// <summary>Dotted paths of the configuration as people write them: <c>agents.list[0].name</c>, or <c>agents.list.0.name</c>.</summary>
internal static class ConfigPath
{
    public static bool Has(JsonObject document, string path) => Walk(document, path, out _);

    public static JsonNode? Find(JsonObject document, string path) => Walk(document, path, out var found) ? found : null;

    /// <summary>A patch that says one thing; null when the path goes into a list, which is replaced as a whole.</summary>
    public static JsonObject? Patch(string path, JsonNode? value)
    {
        var steps = path.Split('.');
        if (steps.Any(step => step.Length == 0 || step.Contains('[')))
        {
            return null;
        }

        var inner = value;
        foreach (var step in steps.Reverse())
        {
            inner = new JsonObject { [step] = inner };
        }

        return inner!.AsObject();
    }

    private static bool Walk(JsonObject document, string path, out JsonNode? found)
    {
        found = document;
        foreach (var step in path.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.'))
        {
            if (found is JsonObject json && json.TryGetPropertyValue(step, out var member))
            {
                found = member;
            }
            else if (found is JsonArray array && int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < array.Count)
            {
                found = array[index];
            }
            else
            {
                return false;
            }
        }

        return true;
    }
}

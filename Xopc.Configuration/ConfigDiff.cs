using System.Text.Json;

namespace Xopc.Configuration;

/// <summary>The leaf paths in which two documents differ. A list is one leaf; null is the same as absent.</summary>
internal static class ConfigDiff
{
    private const int MaxPaths = 10_000;

    public static IReadOnlyList<string> Between(JsonElement before, JsonElement after)
    {
        var paths = new List<string>();
        Compare("", before, after, paths);
        return paths;
    }

    private static void Compare(string path, JsonElement before, JsonElement after, List<string> paths)
    {
        if (paths.Count >= MaxPaths)
        {
            return;
        }

        var left = IsObject(before);
        var right = IsObject(after);
        if ((left || IsAbsent(before)) && (right || IsAbsent(after)) && (left || right))
        {
            var old = Members(before, left);
            var current = Members(after, right);
            foreach (var name in old.Keys.Union(current.Keys, StringComparer.Ordinal))
            {
                Compare(ConfigSection.Join(path, name), old.GetValueOrDefault(name), current.GetValueOrDefault(name), paths);
            }
        }
        else if (IsAbsent(before) != IsAbsent(after) || (!IsAbsent(before) && !JsonElement.DeepEquals(before, after)))
        {
            paths.Add(path);
        }
    }

    private static bool IsObject(JsonElement element) => element.ValueKind == JsonValueKind.Object;

    private static bool IsAbsent(JsonElement element) => element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    // A dictionary, because looking one member up in an element is a walk over all of them.
    private static Dictionary<string, JsonElement> Members(JsonElement element, bool isObject) =>
        isObject ? element.EnumerateObject().ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal) : [];
}

using System.Text.Json.Nodes;

namespace Xopc.Configuration;

/// <summary>
/// Puts the stored secrets back where a client sent their masks. In an object a mask stands for the member of the same name; in a list of objects the
/// rows are matched by what names them (<see cref="Identities"/>), else by their place; in a list of texts by their place. A mask for which
/// nothing is stored is an error: it is never written.
/// </summary>
internal sealed class SecretMasks(List<ConfigProblem> errors)
{
    /// <summary>The first of these that a row has names it.</summary>
    public static readonly string[] Identities = ["id", "accountId", "type", "name", "url"];

    /// <summary>The value to store.</summary>
    public JsonNode? Fill(JsonNode? sent, JsonNode? stored, string path)
    {
        switch (sent)
        {
            case JsonObject json:
                var filled = new JsonObject();
                foreach (var (name, value) in json)
                {
                    if (value is not null)
                    {
                        filled[name] = Fill(value, (stored as JsonObject)?[name], ConfigSection.Join(path, name));
                    }
                }

                return filled;
            case JsonArray array:
                var rows = new JsonArray();
                for (var i = 0; i < array.Count; i++)
                {
                    rows.Add(Fill(array[i], Match(array[i], stored as JsonArray, i), $"{path}[{i}]"));
                }

                return rows;
            case JsonValue value when IsMask(value):
                return Kept(stored, path);
            default:
                return sent?.DeepClone();
        }
    }

    public static bool IsMask(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) && ConfigSecrets.IsMask(text);

    /// <summary>The stored row that a sent one means.</summary>
    public static JsonNode? Match(JsonNode? sent, JsonArray? stored, int place)
    {
        if (stored is null)
        {
            return null;
        }

        if (sent is JsonObject row && Identities.FirstOrDefault(name => Name(row[name]) is not null) is { } key)
        {
            return stored.FirstOrDefault(item => item is JsonObject other && Name(row[key])!.Equals(Name(other[key]), StringComparison.OrdinalIgnoreCase));
        }

        return place < stored.Count ? stored[place] : null;
    }

    private JsonNode? Kept(JsonNode? stored, string path)
    {
        if (stored is JsonValue value && ConfigSecrets.IsHidden(path, value))
        {
            return value.DeepClone();
        }

        errors.Add(new ConfigProblem(path, "is the mask of a secret, and none is stored here", "Send the secret itself, or leave the key out."));
        return null;
    }

    private static string? Name(JsonNode? node) => node is JsonValue value && value.GetValueKind() is System.Text.Json.JsonValueKind.String or System.Text.Json.JsonValueKind.Number
        ? value.ToString().Trim() : null;
}

using System.Text.Json.Nodes;

namespace Xopc.Configuration;

/// <summary>Which keys of <c>xopc.json</c> hold secrets, decided by their names, so that sections nobody has typed yet are covered too.</summary>
public static class ConfigSecrets
{
    /// <summary>What stands for a secret that may not be shown; written back by a client it means "unchanged".</summary>
    public const string Mask = "***";

    private static readonly string[] Endings =
        ["token", "secret", "secrets", "password", "passwd", "apikey", "api_key", "privatekey", "private_key", "encryptkey", "signingkey", "credential", "credentials", "authorization"];

    /// <summary>Whether the value at a dotted path is a secret.</summary>
    public static bool IsSecret(string path)
    {
        if (path.StartsWith("providers.", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        foreach (var range in path.AsSpan().Split('.'))
        {
            var name = path.AsSpan(range);
            var bracket = name.IndexOf('[');
            if (IsSecretName(bracket < 0 ? name : name[..bracket]))
            {
                return true; // also whatever lies below a key with such a name
            }
        }

        return false;
    }

    /// <summary>A copy in which every non-empty secret is <see cref="Mask"/>; references such as <c>${VAR}</c> are names, not secrets, and stay.</summary>
    public static JsonObject Redact(JsonObject document)
    {
        var copy = (JsonObject)document.DeepClone();
        foreach (var (name, value) in copy.ToArray())
        {
            copy[name] = Redact(value, name, IsSecret(name));
        }

        return copy;
    }

    private static JsonNode? Redact(JsonNode? node, string path, bool secret)
    {
        switch (node)
        {
            case JsonObject json:
                foreach (var (name, value) in json.ToArray())
                {
                    json[name] = Redact(value, path + "." + name, secret || IsSecret(path + "." + name));
                }

                return json;
            case JsonArray array:
                for (var i = 0; i < array.Count; i++)
                {
                    array[i] = Redact(array[i], path, secret);
                }

                return array;
            case JsonValue value when secret && !(value.TryGetValue<string>(out var text) && (text.Length == 0 || EnvironmentReferences.IsWholeReference(text))):
                return JsonValue.Create(Mask);
            default:
                return node;
        }
    }

    private static bool IsSecretName(ReadOnlySpan<char> name)
    {
        foreach (var ending in Endings)
        {
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}

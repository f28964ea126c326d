using System.Text.Json.Nodes;

namespace Xopc.Configuration;

/// <summary>Which keys of <c>xopc.json</c> hold secrets, decided by their names, so that sections nobody has typed yet are covered too.</summary>
public static class ConfigSecrets
{
    /// <summary>What stands for a secret that may not be shown; written back by a client it means "unchanged".</summary>
    public const string Mask = "***";

    private static readonly string[] Endings =
    [
        "token", "secret", "secrets", "password", "passwd", "passphrase", "apikey", "privatekey", "secretkey", "accesskey", "encryptkey", "signingkey", "aeskey", "credential",
        "credentials", "authorization", "cookie",
    ];

    // Consoles show twelve bullets in a password field and send them back.
    private const string Bullets = "••••••••••••";

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

    /// <summary>Whether a text sent by a client stands for a secret it was not shown.</summary>
    public static bool IsMask(string text) => text.AsSpan().Trim() is Mask or Bullets;

    /// <summary>A copy that anybody may see who may see the configuration: every secret that is set is <see cref="Mask"/>, references too, and so is an address with a password in it.</summary>
    public static JsonObject Hide(JsonObject document)
    {
        var copy = (JsonObject)document.DeepClone();
        HideMembers(copy, "");
        return copy;
    }

    /// <summary>Whether <see cref="Hide"/> shows the mask in this scalar's place.</summary>
    internal static bool IsHidden(string path, JsonValue value) =>
        value.TryGetValue<string>(out var text) ? text.Length > 0 && (IsSecret(path) || HoldsPassword(text)) : IsSecret(path);

    private static void HideMembers(JsonObject json, string path)
    {
        foreach (var (name, value) in json.ToArray())
        {
            var at = path.Length == 0 ? name : path + "." + name;
            if (value is JsonValue scalar && IsHidden(at, scalar))
            {
                json[name] = Mask;
            }
            else
            {
                HideBelow(value, at);
            }
        }
    }

    private static void HideBelow(JsonNode? node, string path)
    {
        if (node is JsonObject json)
        {
            HideMembers(json, path);
        }

        for (var i = 0; node is JsonArray array && i < array.Count; i++)
        {
            if (array[i] is JsonValue scalar && IsHidden(path, scalar))
            {
                array[i] = Mask;
            }
            else
            {
                HideBelow(array[i], path);
            }
        }
    }

    // https://name:password@host
    private static bool HoldsPassword(string text)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0)
        {
            return false;
        }

        var authority = text.AsSpan(scheme + 3);
        var end = authority.IndexOfAny("/?# ");
        authority = end < 0 ? authority : authority[..end];
        return authority.IndexOf('@') > 0;
    }

    /// <summary>A copy in which every non-empty secret is <see cref="Mask"/>; references such as <c>${VAR}</c> are names, not secrets, and stay.</summary>
    public static JsonObject Redact(JsonObject document)
    {
        var copy = (JsonObject)document.DeepClone();
        RedactMembers(copy, "", secret: false);
        return copy;
    }

    private static void RedactMembers(JsonObject json, string path, bool secret)
    {
        foreach (var (name, value) in json.ToArray())
        {
            var at = path.Length == 0 ? name : path + "." + name;
            var hidden = secret || IsSecret(at);
            if (hidden && IsShownSecret(value))
            {
                json[name] = Mask;
            }
            else
            {
                RedactChildren(value, at, hidden);
            }
        }
    }

    private static void RedactChildren(JsonNode? node, string path, bool secret)
    {
        if (node is JsonObject json)
        {
            RedactMembers(json, path, secret);
        }

        for (var i = 0; node is JsonArray array && i < array.Count; i++)
        {
            if (secret && IsShownSecret(array[i]))
            {
                array[i] = Mask;
            }
            else
            {
                RedactChildren(array[i], path, secret);
            }
        }
    }

    private static bool IsShownSecret(JsonNode? node) =>
        node is JsonValue value && !(value.TryGetValue<string>(out var text) && (text.Length == 0 || EnvironmentReferences.IsWholeReference(text)));

    private static bool IsSecretName(ReadOnlySpan<char> name)
    {
        // api-key and api_key are apiKey; only the end of a name tells.
        Span<char> plain = stackalloc char[64];
        var at = plain.Length;
        for (var i = name.Length - 1; i >= 0 && at > 0; i--)
        {
            if (name[i] is not ('-' or '_'))
            {
                plain[--at] = name[i];
            }
        }

        foreach (var ending in Endings)
        {
            if (plain[at..].EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}

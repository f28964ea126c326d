using System.Text.Json;
using System.Text.Json.Nodes;

namespace Xopc.Configuration;

/// <summary>
/// What the configuration API shows: the known keys with their defaults filled in, what the environment overrides as it runs, a value written as a
/// reference as the reference, every secret masked. Not the file.
/// </summary>
public static class ConfigView
{
    /// <summary>Sections that are shown and merged as they are stored; nobody has typed them yet.</summary>
    internal static readonly string[] OpenSections = ["extensions", "stt", "tools", "tts"];

    internal static readonly string[] ModelKeys = ["model", "imageModel", "imageGenerationModel"];

    public static JsonObject Of(ConfigSnapshot snapshot)
    {
        var view = JsonSerializer.SerializeToNode(snapshot.Config, ConfigurationJson.Default.XopcConfig)!.AsObject();
        var stored = snapshot.Document.ToJsonObject();
        Overlay(view, stored, ConfigSchema.Root, "", snapshot.Overridden);
        view["channels"] = (stored["channels"] as JsonObject)?.DeepClone() ?? new JsonObject();
        foreach (var name in OpenSections)
        {
            if (stored[name] is { } section)
            {
                view[name] = section.DeepClone();
            }
        }

        ShowAgents(view["agents"]!.AsObject(), stored["agents"] as JsonObject, new Routing.AgentCatalog(snapshot.Config.Agents).DefaultId);
        var hidden = ConfigSecrets.Hide(view);
        var auth = hidden["gateway"]!["auth"]!.AsObject();
        auth["token"] ??= "";
        auth["password"] ??= "";
        return hidden;
    }

    private static void Overlay(JsonObject view, JsonObject? stored, JsonObject schema, string path, IReadOnlySet<string> overridden)
    {
        foreach (var (name, value) in view.ToArray())
        {
            if (ConfigSchema.Member(schema, name) is not { } member)
            {
                view.Remove(name); // of the type, but not of this place in the file
                continue;
            }

            var at = ConfigSection.Join(path, name);
            var written = stored?[name];
            if (value is JsonObject json && member.ContainsKey("properties"))
            {
                Overlay(json, written as JsonObject, member, at, overridden);
            }
            else if (value is JsonArray rows && member["items"]?["properties"] is not null)
            {
                OverlayRows(rows, written as JsonArray, member["items"]!.AsObject(), at, overridden);
            }
            else if (written is not null && HoldsReference(written) && !overridden.Contains(at))
            {
                view[name] = written.DeepClone();
            }
        }
    }

    private static void OverlayRows(JsonArray rows, JsonArray? stored, JsonObject schema, string path, IReadOnlySet<string> overridden)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i]!.AsObject();
            Overlay(row, stored?[i] as JsonObject, schema, $"{path}[{i}]", overridden);
            foreach (var (name, value) in row.ToArray())
            {
                if (value is null)
                {
                    row.Remove(name); // a row says what it changes, not what it leaves to the defaults
                }
            }
        }
    }

    private static void ShowAgents(JsonObject agents, JsonObject? stored, string defaultId)
    {
        agents.Remove("default");
        agents["defaultId"] = defaultId;
        ShowModels(agents["defaults"]!.AsObject(), stored?["defaults"] as JsonObject, always: true);
        var rows = agents["list"]!.AsArray();
        for (var i = 0; i < rows.Count; i++)
        {
            ShowModels(rows[i]!.AsObject(), stored?["list"]?[i] as JsonObject, always: false);
        }
    }

    // A model is two fields here, whichever form it is stored in.
    private static void ShowModels(JsonObject view, JsonObject? stored, bool always)
    {
        foreach (var key in ModelKeys)
        {
            var (primary, fallbacks) = ModelForms.Read(stored?[key]);
            if (always || primary is not null)
            {
                view[key] = primary;
            }

            if (always || fallbacks.Count > 0)
            {
                view[key + ModelForms.Fallbacks] = new JsonArray([.. fallbacks.Select(text => (JsonNode?)JsonValue.Create(text))]);
            }
        }
    }

    private static bool HoldsReference(JsonNode node) => node switch
    {
        JsonValue value => value.TryGetValue<string>(out var text) && EnvironmentReferences.Any(text),
        JsonArray array => array.Any(item => item is not null && HoldsReference(item)),
        JsonObject json => json.Any(member => member.Value is not null && HoldsReference(member.Value)),
        _ => false,
    };
}

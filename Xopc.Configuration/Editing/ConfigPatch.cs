using System.Text.Json;
using System.Text.Json.Nodes;

namespace Xopc.Configuration;

/// <summary>
/// A change of some keys, as a client of the API sends it. Known keys are merged one by one and lists are replaced; null and an empty text clear; the
/// mask of a secret leaves it as it is; a model comes in either form. What the schema does not know is ignored and told. It says what it wants, not
/// what it saw, so it can be applied to whatever the file holds by then. One object is applied once at a time.
/// </summary>
public sealed class ConfigPatch
{
    private const int MaxProblems = 100;

    private readonly JsonObject _patch;
    private readonly List<ConfigProblem> _errors = [];
    private readonly List<ConfigProblem> _ignored = [];
    private readonly SecretMasks _masks;
    private IReadOnlySet<string> _overridden = System.Collections.Frozen.FrozenSet<string>.Empty;

    private ConfigPatch(JsonObject patch) => (_patch, _masks) = (patch, new SecretMasks(_errors));

    /// <summary>What was in the patch and has no place in the configuration.</summary>
    public IReadOnlyList<ConfigProblem> Ignored => _ignored;

    /// <summary>Null and the problem when it is no object, or has a key twice in one object.</summary>
    public static ConfigPatch? Parse(JsonElement patch, out ConfigProblem? problem)
    {
        problem = patch.ValueKind != JsonValueKind.Object
            ? new ConfigProblem("", "is no JSON object", "Send the keys to change: {\"agents\":{\"defaults\":{\"temperature\":0.5}}}.")
            : Check(patch);
        return problem is null ? new ConfigPatch(JsonObject.Create(patch)!) : null;
    }

    /// <summary>Puts a whole document in the place of the edited one.</summary>
    internal static IReadOnlyList<ConfigProblem> Replace(JsonObject edited, JsonElement document, ConfigDocument current)
    {
        if (Parse(document, out var problem) is not { } whole)
        {
            return [problem!];
        }

        var errors = new List<ConfigProblem>();
        var filled = new SecretMasks(errors).Fill(whole._patch, current.ToJsonObject(), "")!.AsObject();
        edited.Clear();
        foreach (var (name, value) in filled.ToArray())
        {
            filled.Remove(name);
            edited[name] = value;
        }

        return errors;
    }

    /// <summary>Changes the document.</summary>
    /// <param name="shown">The document as the API shows it; null when it is not valid.</param>
    /// <returns>What cannot be applied; the document is worth nothing then.</returns>
    internal IReadOnlyList<ConfigProblem> Apply(JsonObject document, ConfigSnapshot? shown)
    {
        _errors.Clear();
        _ignored.Clear();
        _overridden = shown?.Overridden ?? System.Collections.Frozen.FrozenSet<string>.Empty;
        var view = shown is null ? [] : ConfigView.Of(shown);
        foreach (var (name, value) in _patch)
        {
            if (ConfigView.OpenSections.Contains(name) || name == "channels")
            {
                SetOpen(document, name, value, name, replace: name is "stt" or "tts");
            }
            else if (name == "providers")
            {
                RefuseKeys(value);
            }
            else
            {
                SetMember(document, name, value, ConfigSchema.Root, "", view);
            }
        }

        return [.. _errors.Take(MaxProblems)];
    }

    private void SetMember(JsonObject target, string name, JsonNode? value, JsonObject schema, string path, JsonObject? view)
    {
        var at = ConfigSection.Join(path, name);
        if (at == "agents.defaultId")
        {
            SetDefaultAgent(target, value, view);
        }
        else if (ConfigSchema.Member(schema, name) is not { } member)
        {
            Ignore(at);
        }
        else if (member.ContainsKey(ConfigSchema.ModelKind))
        {
            SetModel(target, name, value, at);
        }
        else if (value is null || (value is JsonValue text && text.TryGetValue<string>(out var empty) && empty.Length == 0))
        {
            target.Remove(name);
            DropOlderNames(target, name, schema);
        }
        else if (value is JsonObject json && member["properties"] is JsonObject)
        {
            Merge(target, name, json, member, at, view?[name] as JsonObject);
        }
        else if (value is JsonObject map && member.ContainsKey("additionalProperties"))
        {
            SetOpen(target, name, map, at, replace: false);
        }
        else if (value is JsonArray rows && member["items"]?["properties"] is not null)
        {
            target[name] = Rows(rows, target[name] as JsonArray, member["items"]!.AsObject(), at);
        }
        else
        {
            SetLeaf(target, name, value, at, view);
            DropOlderNames(target, name, schema);
        }
    }

    private void Merge(JsonObject target, string name, JsonObject patch, JsonObject schema, string path, JsonObject? view)
    {
        var section = target[name] as JsonObject ?? [];
        foreach (var (key, value) in patch)
        {
            if (!IsFallbacks(key, schema))
            {
                SetMember(section, key, value, schema, path, view);
            }
        }

        SetFallbacks(section, patch, schema);
        if (section.Parent is null && section.Count > 0)
        {
            target[name] = section;
        }
    }

    // What runs in place of the file is shown; sent back as shown, it was not meant for the file.
    private void SetLeaf(JsonObject target, string name, JsonNode value, string path, JsonObject? view)
    {
        if (_overridden.Contains(path) && (SecretMasks.IsMask(value) || JsonNode.DeepEquals(value, view?[name])))
        {
            return;
        }

        target[name] = _masks.Fill(value, target[name], path);
    }

    // Under its older name the file would go on saying what was changed.
    private static void DropOlderNames(JsonObject target, string name, JsonObject schema)
    {
        foreach (var (older, member) in schema["properties"]!.AsObject())
        {
            if ((string?)member!["description"] == ConfigSchema.OlderNameOf(name))
            {
                target.Remove(older);
            }
        }
    }

    private static void SetDefaultAgent(JsonObject agents, JsonNode? value, JsonObject? view)
    {
        if (value is null || JsonNode.DeepEquals(value, ""))
        {
            agents.Remove("default");
        }
        else if (!JsonNode.DeepEquals(value, view?["defaultId"]))
        {
            agents["default"] = value.DeepClone();
        }
    }

    // A list replaces a list. Of the row it replaces a new one keeps what this version does not know.
    private JsonArray Rows(JsonArray sent, JsonArray? stored, JsonObject schema, string path)
    {
        var rows = new JsonArray();
        for (var i = 0; i < sent.Count; i++)
        {
            if (sent[i] is not JsonObject patch)
            {
                rows.Add(sent[i]?.DeepClone());
                continue;
            }

            var before = SecretMasks.Match(patch, stored, i) as JsonObject;
            var row = Unknown(before, schema);
            var at = $"{path}[{i}]";
            foreach (var (key, value) in patch)
            {
                if (!IsFallbacks(key, schema) && !(row.ContainsKey(key) && ConfigSchema.Member(schema, key) is null))
                {
                    SetMember(row, key, value, schema, at, view: null);
                }
            }

            SetFallbacks(row, patch, schema);
            rows.Add(row);
        }

        return rows;
    }

    private static JsonObject Unknown(JsonObject? stored, JsonObject schema)
    {
        var kept = new JsonObject();
        foreach (var (name, value) in stored ?? [])
        {
            var member = ConfigSchema.Member(schema, name);
            if (member is null)
            {
                kept[name] = value?.DeepClone();
            }
            else if (value is JsonObject json && member["properties"] is not null && Unknown(json, member) is { Count: > 0 } inner)
            {
                kept[name] = inner;
            }
            else if (value is JsonObject choice && member.ContainsKey(ConfigSchema.ModelKind) && choice.Any(part => part.Key is not ("primary" or "fallbacks")))
            {
                kept[name] = choice.DeepClone();
            }
        }

        return kept;
    }

    private void SetOpen(JsonObject target, string name, JsonNode? value, string path, bool replace)
    {
        if (value is null || JsonNode.DeepEquals(value, ""))
        {
            target.Remove(name);
        }
        else if (value is JsonObject json && !replace && target[name] is JsonObject or null)
        {
            var section = target[name] as JsonObject ?? [];
            foreach (var (key, member) in json)
            {
                SetOpen(section, key, member, ConfigSection.Join(path, key), replace: key == "accounts");
            }

            if (section.Parent is null)
            {
                target[name] = section;
            }
        }
        else
        {
            target[name] = _masks.Fill(value, target[name], path);
        }
    }

    private static bool IsFallbacks(string key, JsonObject schema) =>
        key.EndsWith(ModelForms.Fallbacks, StringComparison.Ordinal) && ConfigSchema.Member(schema, key[..^ModelForms.Fallbacks.Length])?.ContainsKey(ConfigSchema.ModelKind) == true;

    // modelFallbacks beside model, as GET shows it: it changes the fallbacks alone.
    private static void SetFallbacks(JsonObject target, JsonObject patch, JsonObject schema)
    {
        foreach (var key in ConfigView.ModelKeys)
        {
            if (ConfigSchema.Member(schema, key) is null || !patch.TryGetPropertyValue(key + ModelForms.Fallbacks, out var value))
            {
                continue;
            }

            var primary = ModelForms.Read(target[key]).Primary;
            if (value is null || ModelForms.AreTexts(value))
            {
                Put(target, key, ModelForms.Write(primary, ModelForms.Texts(value), target[key]));
            }
            else
            {
                target[key] = new JsonObject { ["primary"] = primary, ["fallbacks"] = value.DeepClone() }; // the reader says what is wrong with it
            }
        }
    }

    private void SetModel(JsonObject target, string name, JsonNode? value, string path)
    {
        foreach (var (key, _) in value as JsonObject ?? [])
        {
            if (key is not ("primary" or "fallbacks"))
            {
                Ignore(ConfigSection.Join(path, key));
            }
        }

        if (value is null || ModelForms.IsText(value) || (value is JsonObject choice && ModelForms.IsChoice(choice)))
        {
            var (primary, fallbacks) = ModelForms.Read(value);
            Put(target, name, ModelForms.Write(primary, fallbacks, target[name]));
        }
        else
        {
            target[name] = value.DeepClone(); // the reader says what is wrong with it
        }
    }

    private static void Put(JsonObject target, string name, JsonNode? value)
    {
        if (value is null)
        {
            target.Remove(name);
        }
        else
        {
            target[name] = value;
        }
    }

    // There is no store for them yet, and a key in this file would be read by nobody.
    private void RefuseKeys(JsonNode? providers)
    {
        foreach (var (id, key) in providers as JsonObject ?? [])
        {
            if (key is not null && !SecretMasks.IsMask(key) && !JsonNode.DeepEquals(key, ""))
            {
                _errors.Add(new ConfigProblem(
                    ConfigSection.Join("providers", id), "cannot be set here", "Set the provider's environment variable, or its apiKey in models.json."));
            }
        }
    }

    private void Ignore(string path)
    {
        if (_ignored.Count < MaxProblems)
        {
            _ignored.Add(new ConfigProblem(path, "is not a key of this version and was ignored", "Check the spelling."));
        }
    }

    private static ConfigProblem? Check(JsonElement patch)
    {
        try
        {
            return Twice(patch, "");
        }
        catch (InvalidOperationException)
        {
            // JSON may hold half a surrogate pair, and says so only to whoever reads it.
            return new ConfigProblem("", "holds a text that is no Unicode", "Send whole characters: \\ud83d\\ude00, not \\ud83d alone.");
        }
    }

    private static ConfigProblem? Twice(JsonElement element, string path)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var names = new HashSet<string>(StringComparer.Ordinal);
                foreach (var member in element.EnumerateObject())
                {
                    var at = ConfigSection.Join(path, member.Name);
                    if (!names.Add(member.Name))
                    {
                        return new ConfigProblem(at, "is there twice", "Keep one of the two.");
                    }

                    if (Twice(member.Value, at) is { } inner)
                    {
                        return inner;
                    }
                }

                return null;
            case JsonValueKind.Array:
                return element.EnumerateArray().Select(item => Twice(item, path + "[]")).FirstOrDefault(problem => problem is not null);
            case JsonValueKind.String:
                _ = element.GetString();
                return null;
            default:
                return null;
        }
    }
}

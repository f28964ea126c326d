using System.Text.Json;

namespace Xopc.Agents.Models;

/// <summary>Reads <c>models.json</c> and reports everything that is wrong with it at once.</summary>
/// <remarks>
/// <code>
/// { "providers": { "corp": { "baseUrl": "https://llm.corp/v1", "apiKey": "CORP_KEY", "api": "openai-completions",
///     "models": [ { "id": "team/large", "contextWindow": 200000, "input": ["text", "image"] } ] } } }
/// </code>
/// </remarks>
internal sealed class ModelsFileReader
{
    /// <summary>A larger file is refused: nobody writes one by hand.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const int MaxProviders = 100;
    private const int MaxModels = 1000;

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 16 };

    private readonly List<ModelsFileProblem> _problems = [];

    public static ModelsFile Read(ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Length > MaxBytes)
        {
            return new ModelsFile([], [new ModelsFileProblem("$", $"the file is larger than {MaxBytes} bytes", false)]);
        }

        try
        {
            using var document = JsonDocument.Parse(utf8.Span.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8, Lenient);
            var reader = new ModelsFileReader();
            var providers = reader.ReadProviders(document.RootElement);
            return new ModelsFile(providers, reader._problems);
        }
        catch (JsonException ex)
        {
            return new ModelsFile([], [new ModelsFileProblem("$", $"not JSON (line {ex.LineNumber + 1})", false)]);
        }
        catch (InvalidOperationException)
        {
            // JSON may escape half a surrogate pair; .NET text may not hold one.
            return new ModelsFile([], [new ModelsFileProblem("$", "holds text that is not Unicode", false)]);
        }
    }

    private List<ModelsFileProvider> ReadProviders(JsonElement root)
    {
        var providers = new List<ModelsFileProvider>();
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("providers", out var table) || table.ValueKind != JsonValueKind.Object)
        {
            Error("providers", "an object of providers is expected");
            return providers;
        }

        foreach (var entry in table.EnumerateObject().Take(MaxProviders))
        {
            var path = "providers." + entry.Name;
            if (entry.Value.ValueKind != JsonValueKind.Object)
            {
                Error(path, "an object is expected");
                continue;
            }

            if (!IsProviderId(entry.Name) || entry.Name == OfflineModel.Provider)
            {
                Error(path, "a provider id is lower case letters, digits, - and _, starts and ends with a letter or digit, and is not 'xopc'");
            }

            var provider = ReadProvider(path, entry.Name, entry.Value);
            Check(path, provider);
            providers.Add(provider);
        }

        if (table.EnumerateObject().Count() > MaxProviders)
        {
            Error("providers", $"more than {MaxProviders} providers");
        }

        return providers;
    }

    private ModelsFileProvider ReadProvider(string path, string id, JsonElement element) => new(id)
    {
        BaseUrl = ReadUrl(path + ".baseUrl", element),
        ApiKey = ReadText(path, element, "apiKey"),
        Api = ReadApi(path, element),
        AuthHeader = ReadFlag(path, element, "authHeader") ?? false,
        Headers = ReadHeaders(path, element),
        Models = ReadModels(path, element),
        Overrides = ReadOverrides(path, element),
    };

    private void Check(string path, ModelsFileProvider provider)
    {
        var known = BuiltInProviders.Find(provider.Id);
        if (provider.BaseUrl is null && provider.ApiKey is null && provider.Models.Count == 0 && provider.Overrides.Count == 0)
        {
            Error(path, "says nothing: give baseUrl, apiKey, models or modelOverrides");
        }

        if (provider.Models.Count > 0 && known is null)
        {
            if (provider.BaseUrl is null)
            {
                Error(path + ".baseUrl", "is needed when models are given");
            }

            // A server on one's own machine usually has no key; demanding an invented one teaches nothing.
            if (provider.ApiKey is null && provider.BaseUrl is not { IsLoopback: true })
            {
                Error(path + ".apiKey", "is needed when models are given");
            }
        }

        if (provider.Api is null && known is null && (provider.Models.Count == 0 || provider.Models.Any(model => model.Api is null)))
        {
            Error(path + ".api", "is needed here or on every model: openai-completions or anthropic-messages");
        }

        if (known is not null && provider is { BaseUrl: null, Models.Count: > 0 })
        {
            Warning(path, $"'{provider.Id}' is built in: the models join its list at its own address");
        }
    }

    private List<ModelsFileModel> ReadModels(string path, JsonElement element)
    {
        var models = new List<ModelsFileModel>();
        if (!Property(element, "models", out var list))
        {
            return models;
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxModels)
        {
            Error(path + ".models", $"a list of at most {MaxModels} models is expected");
            return models;
        }

        var index = 0;
        foreach (var item in list.EnumerateArray())
        {
            var at = $"{path}.models[{index++}]";
            if (item.ValueKind != JsonValueKind.Object || ReadText(at, item, "id") is not { Length: > 0 } id)
            {
                Error(at + ".id", "is needed");
            }
            else if (!ModelRef.TryParse($"{path}/{id}", out _))
            {
                Error(at + ".id", $"at most {ModelRef.MaxLength} characters without blanks");
            }
            else if (models.Any(model => model.Id == id))
            {
                Error(at + ".id", "stands twice");
            }
            else
            {
                models.Add(ReadModel(at, id, item));
            }
        }

        return models;
    }

    private List<ModelsFileModel> ReadOverrides(string path, JsonElement element)
    {
        if (!Property(element, "modelOverrides", out var table))
        {
            return [];
        }

        if (table.ValueKind != JsonValueKind.Object)
        {
            Error(path + ".modelOverrides", "an object of model ids is expected");
            return [];
        }

        var overrides = new List<ModelsFileModel>();
        foreach (var entry in table.EnumerateObject().Take(MaxModels))
        {
            var at = $"{path}.modelOverrides.{entry.Name}";
            if (entry.Value.ValueKind == JsonValueKind.Object)
            {
                overrides.Add(ReadModel(at, entry.Name, entry.Value));
            }
            else
            {
                Error(at, "an object is expected");
            }
        }

        return overrides;
    }

    private ModelsFileModel ReadModel(string path, string id, JsonElement element) => new(id)
    {
        Name = ReadText(path, element, "name"),
        Api = ReadApi(path, element),
        Reasoning = ReadFlag(path, element, "reasoning"),
        Vision = ReadVision(path, element),
        ContextWindow = ReadCount(path, element, "contextWindow"),
        MaxTokens = ReadCount(path, element, "maxTokens"),
        IdleTimeoutMs = ReadCount(path, element, "idleTimeoutMs"),
        Cost = ReadCost(path, element),
        Headers = ReadHeaders(path, element),
        Dialect = ReadDialect(path, element),
    };

    private bool? ReadVision(string path, JsonElement element)
    {
        if (!Property(element, "input", out var input))
        {
            return null;
        }

        if (input.ValueKind == JsonValueKind.Array && input.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String && item.GetString() is "text" or "image"))
        {
            return input.EnumerateArray().Any(item => item.ValueEquals("image"));
        }

        Error(path + ".input", "a list of \"text\" and \"image\" is expected");
        return null;
    }

    private ModelsFileCost? ReadCost(string path, JsonElement element)
    {
        if (!Property(element, "cost", out var cost))
        {
            return null;
        }

        if (cost.ValueKind != JsonValueKind.Object)
        {
            Error(path + ".cost", "an object is expected");
            return null;
        }

        return new ModelsFileCost(Price("input"), Price("output"), Price("cacheRead"), Price("cacheWrite"));

        double? Price(string name)
        {
            if (!Property(cost, name, out var price))
            {
                return null;
            }

            if (price.ValueKind == JsonValueKind.Number && price.GetDouble() is >= 0 and < 1e9 and var value)
            {
                return value;
            }

            Error($"{path}.cost.{name}", "a price of 0 or more is expected");
            return null;
        }
    }

    private ModelsFileDialect? ReadDialect(string path, JsonElement element)
    {
        if (!Property(element, "compat", out var compat))
        {
            return null;
        }

        var at = path + ".compat";
        if (compat.ValueKind != JsonValueKind.Object)
        {
            Error(at, "an object is expected");
            return null;
        }

        var field = ReadText(at, compat, "maxTokensField");
        if (field is not (null or "max_tokens" or "max_completion_tokens"))
        {
            Error(at + ".maxTokensField", "is max_tokens or max_completion_tokens");
        }

        var format = ReadText(at, compat, "thinkingFormat");
        if (format is not (null or "openai" or "openrouter" or "zai" or "qwen"))
        {
            Error(at + ".thinkingFormat", "is openai, openrouter, zai or qwen");
        }

        return new ModelsFileDialect(
            field, ReadFlag(at, compat, "supportsReasoningEffort"), ReadFlag(at, compat, "supportsUsageInStreaming"),
            ReadFlag(at, compat, "requiresToolResultName"), format);
    }

    private Uri? ReadUrl(string path, JsonElement element)
    {
        if (!Property(element, "baseUrl", out var url))
        {
            return null;
        }

        if (url.ValueKind == JsonValueKind.String && Uri.TryCreate(url.GetString(), UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            && address.UserInfo.Length == 0)
        {
            return address;
        }

        Error(path, "an http or https address without credentials is expected");
        return null;
    }

    private string? ReadApi(string path, JsonElement element)
    {
        var api = ReadText(path, element, "api");
        if (api is not null && !ModelApi.Known.Contains(api))
        {
            Error(path + ".api", "is one of " + string.Join(", ", ModelApi.Known));
        }

        return api;
    }

    private List<KeyValuePair<string, string>> ReadHeaders(string path, JsonElement element)
    {
        var headers = new List<KeyValuePair<string, string>>();
        if (!Property(element, "headers", out var table))
        {
            return headers;
        }

        if (table.ValueKind != JsonValueKind.Object)
        {
            Error(path + ".headers", "an object is expected");
            return headers;
        }

        foreach (var entry in table.EnumerateObject())
        {
            if (IsHeaderName(entry.Name) && entry.Value.ValueKind == JsonValueKind.String && !entry.Value.GetString()!.AsSpan().ContainsAny("\r\n\0"))
            {
                headers.Add(new(entry.Name, entry.Value.GetString()!));
                CheckSecret($"{path}.headers.{entry.Name}", entry.Value.GetString()!);
            }
            else
            {
                Error($"{path}.headers.{entry.Name}", "is no header name, or its value is no line of text");
            }
        }

        return headers;
    }

    private string? ReadText(string path, JsonElement element, string name)
    {
        if (!Property(element, name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && !text.AsSpan().ContainsAny("\r\n\0"))
        {
            if (name == "apiKey")
            {
                CheckSecret($"{path}.{name}", text);
            }

            return text;
        }

        Error($"{path}.{name}", "a line of text is expected");
        return null;
    }

    private void CheckSecret(string path, string text)
    {
        if (SecretValue.Parse(text, static _ => null).Problem is { } problem)
        {
            Error(path, problem);
        }
    }

    private bool? ReadFlag(string path, JsonElement element, string name)
    {
        if (!Property(element, name, out var value))
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Error($"{path}.{name}", "true or false is expected");
        return null;
    }

    private int? ReadCount(string path, JsonElement element, string name)
    {
        if (!Property(element, name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count > 0)
        {
            return count;
        }

        Error($"{path}.{name}", "a whole number above 0 is expected");
        return null;
    }

    private static bool Property(JsonElement element, string name, out JsonElement value) =>
        element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    private void Error(string path, string message) => _problems.Add(new ModelsFileProblem(path, message, false));

    private void Warning(string path, string message) => _problems.Add(new ModelsFileProblem(path, message, true));

    // [a-z0-9]([a-z0-9_-]*[a-z0-9])?
    private static bool IsProviderId(string id) =>
        id.Length is > 0 and <= 64 && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_') && id[0] is not ('-' or '_') && id[^1] is not ('-' or '_');

    private static bool IsHeaderName(string name) =>
        name.Length is > 0 and <= 100 && name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+.^_`|~-".Contains(c, StringComparison.Ordinal));
}

namespace Xopc.Agents.Models;

/// <summary>Puts built-in providers, the environment, <c>models.json</c> and a detected Ollama together.</summary>
internal sealed class CatalogBuilder(Func<string, string?> environment)
{
    /// <summary>What <c>models.json</c> promises for a model it does not describe further.</summary>
    private const int FileMaxTokens = 16_384;

    /// <summary>Providers of the file come first: somebody wrote them down. Then the built-in ones; what merely runs on this machine comes last.</summary>
    public CatalogSnapshot Build(ModelsFile file, OllamaOffer? ollama)
    {
        var written = file.Providers.DistinctBy(provider => provider.Id).ToList();
        var fromFile = written.Select(FromFile);
        var builtIn = BuiltInProviders.All.Where(known => written.All(provider => provider.Id != known.Id)).Select(known => FromEnvironment(known, ollama));
        return new CatalogSnapshot([.. fromFile, .. builtIn, OfflineModel.ProviderInfo]);
    }

    private ProviderInfo FromEnvironment(BuiltInProvider known, OllamaOffer? ollama)
    {
        var key = Key(known);
        var address = Address(known);
        var offer = known.Id == OllamaOffer.Provider ? ollama : null;
        return new ProviderInfo(known.Id, known.Name, known.Category, known.Api, offer?.BaseUrl ?? address ?? new Uri(known.BaseUrl))
        {
            Key = key,
            IsConfigured = key is not null || (!known.NeedsKey && (address is not null || offer is not null)),
            Dialect = known.Dialect,
            Models = offer is null ? known.Models : [.. offer.Models.Select(ModelInfo.Unknown)],
            Variable = known.Variables.FirstOrDefault() ?? known.KeyVariables.First(),
        };
    }

    private ProviderInfo FromFile(ModelsFileProvider written)
    {
        var known = BuiltInProviders.Find(written.Id);
        var key = written.ApiKey is { } raw ? SecretValue.Parse(raw, environment) : known is null ? null : Key(known);
        var address = written.BaseUrl ?? (known is null ? null : Address(known) ?? new Uri(known.BaseUrl));
        var api = written.Api ?? known?.Api ?? ModelApi.OpenAi;
        var dialect = known?.Dialect ?? ModelDialect.Standard;
        var models = written.Models.Select(model => Describe(model, dialect));
        var kept = (known?.Models ?? []).Where(model => written.Models.All(other => other.Id != model.Id));
        var named = models.Concat(kept).ToList();
        var added = written.Overrides.Where(change => named.All(model => change.Id != model.Id && change.Id != $"{written.Id}/{model.Id}"))
            .Select(change => ModelInfo.Unknown(change.Id.StartsWith(written.Id + "/", StringComparison.Ordinal) ? change.Id[(written.Id.Length + 1)..] : change.Id) with { Dialect = dialect });
        return new ProviderInfo(written.Id, known?.Name ?? written.Id, known?.Category ?? "custom", api, address)
        {
            Key = key,
            AuthHeader = written.AuthHeader,
            Headers = Resolve(written.Headers),
            IsConfigured = address is not null && (key is { IsUsable: true } || (key is null && (known is { NeedsKey: false } || address.IsLoopback))),
            Dialect = dialect,
            Models = [.. named.Concat(added).Select(model => Override(model, written))],
            Variable = known?.Variables.FirstOrDefault(),
        };
    }

    private ModelInfo Describe(ModelsFileModel model, ModelDialect dialect) =>
        Apply(new ModelInfo(model.Id, model.Id) { ContextWindow = ModelInfo.DefaultContextWindow, MaxTokens = FileMaxTokens, Dialect = dialect }, model);

    // An override stands under "model" or under "provider/model".
    private ModelInfo Override(ModelInfo model, ModelsFileProvider written) =>
        written.Overrides.Where(change => change.Id == model.Id || change.Id == $"{written.Id}/{model.Id}").Aggregate(model, Apply);

    private ModelInfo Apply(ModelInfo model, ModelsFileModel change) => model with
    {
        Name = change.Name ?? model.Name,
        Api = change.Api ?? model.Api,
        Reasoning = change.Reasoning ?? model.Reasoning,
        Vision = change.Vision ?? model.Vision,
        ContextWindow = change.ContextWindow ?? model.ContextWindow,
        MaxTokens = change.MaxTokens ?? model.MaxTokens,
        IdleTimeout = change.IdleTimeoutMs is { } ms ? TimeSpan.FromMilliseconds(ms) : model.IdleTimeout,
        Cost = Apply(model.Cost, change.Cost),
        Headers = change.Headers.Count == 0 ? model.Headers : [.. model.Headers, .. Resolve(change.Headers)],
        Dialect = Apply(model.Dialect, change.Dialect),
    };

    private static ModelCost? Apply(ModelCost? cost, ModelsFileCost? change) => change is null ? cost : new ModelCost(
        change.Input ?? cost?.Input ?? 0, change.Output ?? cost?.Output ?? 0, change.CacheRead ?? cost?.CacheRead ?? 0, change.CacheWrite ?? cost?.CacheWrite ?? 0);

    private static ModelDialect Apply(ModelDialect dialect, ModelsFileDialect? change)
    {
        if (change is null)
        {
            return dialect;
        }

        var thinking = change.ThinkingFormat switch
        {
            "openai" => ThinkingFormat.OpenAi,
            "openrouter" => ThinkingFormat.OpenRouter,
            "zai" => ThinkingFormat.Zai,
            "qwen" => ThinkingFormat.Qwen,
            _ => dialect.Thinking,
        };
        return dialect with
        {
            MaxTokensField = change.MaxTokensField ?? dialect.MaxTokensField,
            UsageInStreaming = change.UsageInStreaming ?? dialect.UsageInStreaming,
            ToolResultName = change.ToolResultName ?? dialect.ToolResultName,
            Thinking = change.ReasoningEffort == false && thinking == ThinkingFormat.OpenAi ? ThinkingFormat.None : thinking,
        };
    }

    private KeyValuePair<string, SecretValue>[] Resolve(IReadOnlyList<KeyValuePair<string, string>> headers) =>
        [.. headers.Select(header => KeyValuePair.Create(header.Key, SecretValue.Parse(header.Value, environment)))];

    private SecretValue? Key(BuiltInProvider known) =>
        known.KeyVariables.Select(environment).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value)) is { } value ? SecretValue.Literal(value.Trim()) : null;

    private Uri? Address(BuiltInProvider known) =>
        Uri.TryCreate(environment(known.BaseUrlVariable), UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address : null;
}

using System.Collections.Frozen;

namespace Xopc.Agents.Models;

/// <summary>All providers and models at one moment. Immutable; a change makes a new one.</summary>
internal sealed class CatalogSnapshot
{
    private readonly FrozenDictionary<string, ProviderInfo> _providers;
    private readonly FrozenDictionary<ModelRef, ModelInfo> _models;

    public CatalogSnapshot(IReadOnlyList<ProviderInfo> providers)
    {
        Providers = providers;
        _providers = providers.ToFrozenDictionary(provider => provider.Id, StringComparer.Ordinal);
        _models = providers.SelectMany(provider => provider.Models.DistinctBy(model => model.Id).Select(model => (Ref: new ModelRef(provider.Id, model.Id), model)))
            .ToFrozenDictionary(pair => pair.Ref, pair => pair.model);
        First = providers.Where(provider => provider.IsConfigured && provider.Api != ModelApi.Demo && provider.Models.Count > 0)
            .Select(provider => new ModelRef(provider.Id, provider.Models[0].Id)).FirstOrDefault();
    }

    /// <summary>In order of preference.</summary>
    public IReadOnlyList<ProviderInfo> Providers { get; }

    /// <summary>The model that answers when nobody chose one; null when nothing is configured.</summary>
    public ModelRef? First { get; }

    public ProviderInfo? FindProvider(string id) => _providers.GetValueOrDefault(id);

    /// <summary>Whether the list names the model. Others of a configured provider work as well, with unknown limits.</summary>
    public bool Lists(ModelRef reference) => _models.ContainsKey(reference);

    public ModelInfo Describe(ModelRef reference)
    {
        if (_models.TryGetValue(reference, out var known))
        {
            return known;
        }

        var provider = FindProvider(reference.Provider);
        return provider is { Api: ModelApi.Anthropic } ? ClaudeModels.Guess(reference.Model)
            : ModelInfo.Unknown(reference.Model) with { Dialect = provider?.Dialect ?? ModelDialect.Standard };
    }

    public bool IsConfigured(ModelRef reference) => FindProvider(reference.Provider) is { IsConfigured: true };
}

namespace Xopc.Agents.Models;

/// <summary>What the program's start shows of the models: which one answers, and whether a local Ollama was found.</summary>
public sealed class ModelsOverview
{
    private readonly ModelCatalog _catalog;
    private readonly OllamaWorker _ollama;

    internal ModelsOverview(ModelCatalog catalog, OllamaWorker ollama) => (_catalog, _ollama) = (catalog, ollama);

    /// <summary>The model that answers when nobody chose one, as <c>provider/model</c>; <c>xopc/demo</c> when nothing is configured.</summary>
    public string FirstModel => (_catalog.Current.First ?? OfflineModel.Reference).ToString();

    /// <summary>Whether only the built-in offline model can answer.</summary>
    public bool IsOfflineOnly => _catalog.Current.First is null;

    /// <summary>Ids of the configured providers, the built-in one not among them.</summary>
    public IReadOnlyList<string> ConfiguredProviders =>
        [.. _catalog.Current.Providers.Where(provider => provider is { IsConfigured: true, Api: not ModelApi.Demo }).Select(provider => provider.Id)];

    /// <summary>A local Ollama that was found, or null. Known as soon as <see cref="FirstOllamaLook"/> ended; may change later.</summary>
    public OllamaOffer? OllamaDetected => _catalog.Ollama;

    /// <summary>Ends at the latest about a second after the start. Never faults.</summary>
    public Task FirstOllamaLook => _ollama.FirstLook;

    /// <summary>Why <c>models.json</c> is not in use, or null.</summary>
    public string? ModelsFileError => _catalog.LoadError;

    /// <summary>Whether a configured model reference could be called; for warnings about a choice without its key.</summary>
    public bool IsUsable(string reference) => ModelRef.TryParse(reference, out var model) && _catalog.Current.IsConfigured(model);
}

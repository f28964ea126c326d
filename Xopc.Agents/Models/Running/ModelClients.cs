using System.Collections.Concurrent;
using Microsoft.Extensions.AI;

namespace Xopc.Agents.Models;

/// <summary>Makes the client of a model and keeps it, with its key, until the catalog changes.</summary>
internal sealed class ModelClients(ModelHttp http, SecretCommand secrets, string modelsFile, TimeProvider clock)
{
    /// <summary>Any name of a configured provider is accepted, so the table would grow with every typing error.</summary>
    private const int MaxKept = 500;

    private sealed record Kept(IChatClient Client, ModelInfo Model, string? Key, ProviderInfo Provider);

    private readonly ConcurrentDictionary<ModelRef, Kept> _kept = new();

    /// <exception cref="ModelCallException">The provider is unknown, not configured, or speaks a protocol that is not supported yet.</exception>
    public async ValueTask<(IChatClient Client, ModelInfo Model)> GetAsync(CatalogSnapshot catalog, ModelRef reference, CancellationToken cancellationToken)
    {
        var provider = catalog.FindProvider(reference.Provider) ?? throw NotConfigured("is unknown: there is no such provider");
        if (!provider.IsConfigured)
        {
            throw NotConfigured(provider.Variable is { } variable ? $"is not configured: set {variable}" : "is not configured");
        }

        var key = await secrets.ResolveAsync(provider.Key, cancellationToken);
        if (_kept.TryGetValue(reference, out var kept) && ReferenceEquals(kept.Provider, provider) && kept.Key == key)
        {
            return (kept.Client, kept.Model);
        }

        var model = catalog.Describe(reference);
        var client = await CreateAsync(provider, model, key, cancellationToken);
        if (provider.Headers.Concat(model.Headers).Any(header => header.Value.Command is not null))
        {
            // A header from a command may change from call to call.
            return (client, model);
        }

        if (_kept.Count >= MaxKept)
        {
            _kept.Clear();
        }

        _kept[reference] = new Kept(client, model, key, provider);
        return (client, model);
    }

    private async ValueTask<IChatClient> CreateAsync(ProviderInfo provider, ModelInfo model, string? key, CancellationToken cancellationToken)
    {
        var api = model.Api ?? provider.Api;
        if (api == ModelApi.Demo)
        {
            return new OfflineModel(modelsFile);
        }

        var headers = new List<KeyValuePair<string, string>>();
        foreach (var header in provider.Headers.Concat(model.Headers))
        {
            headers.RemoveAll(known => string.Equals(known.Key, header.Key, StringComparison.OrdinalIgnoreCase));
            headers.Add(new(header.Key, await secrets.ResolveAsync(header.Value, cancellationToken) ?? ""));
        }

        var address = provider.BaseUrl ?? throw NotConfigured("has no base URL");
        if (api == ModelApi.Anthropic)
        {
            return new ClaudeChatClient(http.For(address), address, model, key, provider.AuthHeader, headers, clock);
        }

        if (api != ModelApi.OpenAi)
        {
            throw NotConfigured($"speaks '{api}', which is not supported yet: use {ModelApi.OpenAi} or {ModelApi.Anthropic}");
        }

        if (key is not null && headers.TrueForAll(header => !string.Equals(header.Key, "Authorization", StringComparison.OrdinalIgnoreCase)))
        {
            headers.Add(new("Authorization", "Bearer " + key));
        }

        return new OpenAiChatClient(http.InvokerFor(address), address, model, headers, clock);
    }

    private static ModelCallException NotConfigured(string cause) => new(ModelFailureKind.NotConfigured, cause);
}

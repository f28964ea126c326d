using Microsoft.AspNetCore.Http.HttpResults;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Models;

internal sealed record ModelsReply<T>(bool Ok, T Payload);

internal sealed record ProvidersPayload(IReadOnlyList<ProviderMeta> Providers, IReadOnlyList<ModelRow> Models);

internal sealed record ModelsPayload(IReadOnlyList<ModelRow> Models);

internal sealed record ProviderMetaPayload(IReadOnlyList<ProviderMeta> Providers);

internal sealed record ProviderMeta(string Id, string Name, string Category, [property: System.Text.Json.Serialization.JsonPropertyName("supportsOAuth")] bool SupportsOAuth,
    bool SupportsApiKey, bool Configured);

/// <param name="Id"><c>provider/model</c>.</param>
internal sealed record ModelRow(
    string Id, string Name, string Provider, int ContextWindow, int MaxTokens, bool Reasoning, bool Vision, ModelRowCost Cost, bool Available);

/// <summary>US dollars per million tokens; 0 where unknown.</summary>
internal sealed record ModelRowCost(double Input, double Output);

/// <summary>Which providers and models there are. No answer holds a key, a header or an address.</summary>
internal static class ModelsEndpoints
{
    public static IEndpointRouteBuilder MapModels(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/providers", ListProviders).RequireScope(OperatorScope.Read).WithSummary("Providers, and every model they are known to have");
        routes.MapGet("/api/providers/meta", ListProviderMeta).RequireScope(OperatorScope.Read).WithSummary("Providers");
        routes.MapGet("/api/models", ListModels).RequireScope(OperatorScope.Read).WithSummary("Models of configured providers");
        return routes;
    }

    internal static JsonHttpResult<ModelsReply<ProvidersPayload>> ListProviders(ModelCatalog catalog) => TypedResults.Json(
        new ModelsReply<ProvidersPayload>(true, new ProvidersPayload(Meta(catalog.Current), Rows(catalog.Current))), ModelsJson.Default.ModelsReplyProvidersPayload);

    internal static JsonHttpResult<ModelsReply<ProviderMetaPayload>> ListProviderMeta(ModelCatalog catalog) => TypedResults.Json(
        new ModelsReply<ProviderMetaPayload>(true, new ProviderMetaPayload(Meta(catalog.Current))), ModelsJson.Default.ModelsReplyProviderMetaPayload);

    internal static JsonHttpResult<ModelsReply<ModelsPayload>> ListModels(ModelCatalog catalog) => TypedResults.Json(
        new ModelsReply<ModelsPayload>(true, new ModelsPayload([.. Rows(catalog.Current).Where(row => row.Available)])), ModelsJson.Default.ModelsReplyModelsPayload);

    private static ProviderMeta[] Meta(CatalogSnapshot catalog) =>
        [.. catalog.Providers.Select(provider => new ProviderMeta(
            provider.Id, provider.Name, provider.Category, SupportsOAuth: false, SupportsApiKey: provider.Api != ModelApi.Demo, provider.IsConfigured))];

    private static ModelRow[] Rows(CatalogSnapshot catalog) =>
    [
        .. catalog.Providers.SelectMany(provider => provider.Models.DistinctBy(model => model.Id).Select(model => Row(catalog, provider, model)))
            .OrderBy(row => row.Provider, StringComparer.Ordinal).ThenBy(row => row.Name, StringComparer.Ordinal),
    ];

    // The offline model is offered only as long as there is no other.
    private static ModelRow Row(CatalogSnapshot catalog, ProviderInfo provider, ModelInfo model) => new(
        $"{provider.Id}/{model.Id}", model.Name, provider.Id, model.ContextWindow ?? ModelInfo.DefaultContextWindow, model.MaxTokens ?? ModelInfo.DefaultMaxTokens,
        model.Reasoning, model.Vision, new ModelRowCost(model.Cost?.Input ?? 0, model.Cost?.Output ?? 0),
        provider.IsConfigured && (provider.Api != ModelApi.Demo || catalog.First is null));
}

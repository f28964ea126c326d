using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xopc.Configuration;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.Agents.Models;

/// <summary>Registers models: catalog, clients, runner, the watch over <c>models.json</c> and the look for Ollama.</summary>
internal static class ModelsRegistration
{
    /// <summary>Needs <see cref="StatePaths"/> and <see cref="ConfigStore"/> in the container.</summary>
    public static IHostApplicationBuilder AddModels(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<ModelHttp>();
        services.AddSingleton<SecretCommand>();
        services.AddSingleton<ModelCooldowns>();
        services.AddSingleton(provider => new ModelTelemetry(provider.GetRequiredService<IMeterFactory>()));
        services.AddSingleton(provider => new ModelCatalog(
            ModelsFile(provider), Environment.GetEnvironmentVariable, provider.GetRequiredService<ILogger<ModelCatalog>>(), Secrets(provider)));
        services.AddSingleton(provider => new ModelClients(
            provider.GetRequiredService<ModelHttp>(), provider.GetRequiredService<SecretCommand>(), ModelsFile(provider), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new ModelRunner(
            provider.GetRequiredService<ModelCatalog>(), provider.GetRequiredService<ModelClients>(), provider.GetRequiredService<ModelCooldowns>(),
            provider.GetRequiredService<ModelTelemetry>(), Settings(provider), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ModelRunner>>()));
        services.AddSingleton(provider => new OllamaWorker(
            provider.GetRequiredService<ModelCatalog>(), provider.GetRequiredService<ModelHttp>(), Settings(provider), Environment.GetEnvironmentVariable,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<OllamaWorker>>()));
        services.AddSingleton(provider => new ModelsOverview(provider.GetRequiredService<ModelCatalog>(), provider.GetRequiredService<OllamaWorker>()));
        services.AddHostedService<ModelsFileWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<OllamaWorker>());
        return builder;
    }

    // A host without the defaults logs nothing that would have to be cleaned.
    private static CatalogSecrets? Secrets(IServiceProvider provider) =>
        provider.GetService<SecretRegistry>() is { } registry ? new CatalogSecrets(registry, provider.GetRequiredService<Redactor>()) : null;

    private static string ModelsFile(IServiceProvider provider) =>
        Environment.GetEnvironmentVariable("XOPC_MODELS_JSON") is { Length: > 0 } path ? Path.GetFullPath(path) : provider.GetRequiredService<StatePaths>().ModelsFile;

    private static Func<ModelsConfig> Settings(IServiceProvider provider)
    {
        var store = new Lazy<ConfigStore>(provider.GetRequiredService<ConfigStore>);
        return () => store.Value.Current.Models;
    }
}

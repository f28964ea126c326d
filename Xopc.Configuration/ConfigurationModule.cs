using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xopc.Contracts.Messages;

namespace Xopc.Configuration;

/// <summary>Registers the configuration. Every module calls it; the first call decides.</summary>
public static class ConfigurationModule
{
    /// <summary>
    /// Loads <c>xopc.json</c> now and registers <see cref="StatePaths"/>, <see cref="ConfigFile"/>, <see cref="ConfigStore"/> and the watcher.
    /// </summary>
    /// <param name="environment">
    /// Null: this process's environment. The command line lays its options over it (<c>--token</c> as <c>XOPC_GATEWAY_TOKEN</c>, <c>--port</c>, <c>--bind</c>),
    /// so that they beat the file under the same rules; tests bring their own.
    /// </param>
    /// <exception cref="ConfigException">The configuration cannot be used: the host does not start.</exception>
    public static TBuilder AddXopcConfiguration<TBuilder>(this TBuilder builder, Func<string, string?>? environment = null) where TBuilder : IHostApplicationBuilder
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(ConfigStore)))
        {
            return builder;
        }

        environment ??= Environment.GetEnvironmentVariable;
        var paths = StatePaths.Resolve(environment);
        var file = new ConfigFile(paths.ConfigFile, environment, TimeProvider.System);
        var loaded = file.Load();
        paths.CreateDirectories();

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(paths);
        builder.Services.AddSingleton(file);
        builder.Services.AddSingleton(loaded);
        builder.Services.AddSingleton(services =>
            new ConfigStore(file, services.GetRequiredService<ConfigSnapshot>(), services.GetRequiredService<ILogger<ConfigStore>>()));
        builder.Services.AddSingleton<ConfigWatcher>();
        builder.Services.AddSingleton<IControlHandler>(services => services.GetRequiredService<ConfigWatcher>());
        builder.Services.AddHostedService(services => services.GetRequiredService<ConfigWatcher>());
        builder.Services.AddHealthChecks().AddCheck<ConfigHealthCheck>(ConfigHealthCheck.Name);
        return builder;
    }

    /// <summary>The configuration as loaded at start, for what is decided before the container exists (addresses, ports, features).</summary>
    /// <exception cref="InvalidOperationException"><see cref="AddXopcConfiguration"/> was not called.</exception>
    public static ConfigSnapshot StartupConfiguration(this IHostApplicationBuilder builder) => Registered<ConfigSnapshot>(builder);

    /// <summary>The paths, before the container exists.</summary>
    /// <exception cref="InvalidOperationException"><see cref="AddXopcConfiguration"/> was not called.</exception>
    public static StatePaths StartupPaths(this IHostApplicationBuilder builder) => Registered<StatePaths>(builder);

    private static T Registered<T>(IHostApplicationBuilder builder) where T : class =>
        builder.Services.FirstOrDefault(service => service.ServiceType == typeof(T))?.ImplementationInstance as T
        ?? throw new InvalidOperationException("AddXopcConfiguration comes first.");
}

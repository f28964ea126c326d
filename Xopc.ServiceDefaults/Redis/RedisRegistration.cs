using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.ServiceDefaults.Redis;

/// <summary>Registers what <c>Aspire.StackExchange.Redis</c> 13.5 registers, by the same names; the contract tests hold both to it.</summary>
internal static class RedisRegistration
{
    private const string Section = "Aspire:StackExchange:Redis";

    public static void Add(
        IHostApplicationBuilder builder, string name, string? serviceKey, Action<XopcRedisSettings>? configureSettings, Action<ConfigurationOptions>? configureOptions)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var shared = builder.Configuration.GetSection(Section);
        var own = shared.GetSection(name);
        var settings = ReadSettings(builder.Configuration, shared, own, name, configureSettings);

        var optionsName = serviceKey is null ? Options.DefaultName : name;
        var services = builder.Services;
        services.AddSingleton(new RedisConnectionString(optionsName, settings.ConnectionString));
        services.Replace(ServiceDescriptor.Transient<IOptionsFactory<ConfigurationOptions>, RedisOptionsFactory>());
        services.Configure<ConfigurationOptions>(optionsName, options =>
        {
            shared.GetSection("ConfigurationOptions").Bind(options);
            own.GetSection("ConfigurationOptions").Bind(options);
            configureOptions?.Invoke(options);
        });

        services.TryAddSingleton<RedisTracing>();
        AddConnection(services, name, serviceKey, optionsName, !settings.DisableTracing);
        if (!settings.DisableHealthChecks)
        {
            AddHealthCheck(builder, serviceKey);
        }

        if (!settings.DisableAutoActivation)
        {
            _ = serviceKey is null ? services.ActivateSingleton<IConnectionMultiplexer>() : services.ActivateKeyedSingleton<IConnectionMultiplexer>(serviceKey);
        }
    }

    private static XopcRedisSettings ReadSettings(
        IConfiguration configuration, IConfigurationSection shared, IConfigurationSection own, string name, Action<XopcRedisSettings>? configureSettings)
    {
        var settings = new XopcRedisSettings();
        shared.Bind(settings);
        own.Bind(settings);
        if (configuration.GetConnectionString(name) is { } connectionString)
        {
            settings.ConnectionString = connectionString;
        }

        configureSettings?.Invoke(settings);
        return settings;
    }

    private static void AddConnection(IServiceCollection services, string name, string? serviceKey, string optionsName, bool tracing)
    {
        if (serviceKey is null)
        {
            services.AddSingleton<IConnectionMultiplexer>(provider => Connect(provider, name, optionsName, tracing));
        }
        else
        {
            services.AddKeyedSingleton<IConnectionMultiplexer>(serviceKey, (provider, _) => Connect(provider, name, optionsName, tracing));
        }
    }

    private static ConnectionMultiplexer Connect(IServiceProvider services, string name, string optionsName, bool tracing)
    {
        var options = services.GetRequiredService<IOptionsMonitor<ConfigurationOptions>>().Get(optionsName);
        if (options.EndPoints.Count == 0)
        {
            throw new InvalidOperationException(
                $"No endpoints specified. Ensure a valid connection string was provided in 'ConnectionStrings:{name}' or for the '{Section}:ConnectionString' configuration key.");
        }

        options.LoggerFactory ??= services.GetService<ILoggerFactory>();
        services.GetService<SecretRegistry>()?.Register(options.Password);
        var connection = ConnectionMultiplexer.Connect(options);
        if (tracing)
        {
            services.GetRequiredService<RedisTracing>().Watch(connection);
        }

        return connection;
    }

    private static void AddHealthCheck(IHostApplicationBuilder builder, string? serviceKey)
    {
        var check = serviceKey is null ? "StackExchange.Redis" : $"StackExchange.Redis_{serviceKey}";
        if (!builder.Properties.TryAdd($"Aspire.HealthChecks.{check}", true))
        {
            return; // two registrations of one name are one check
        }

        builder.Services.AddHealthChecks().AddRedis(
            services => serviceKey is null ? services.GetRequiredService<IConnectionMultiplexer>() : services.GetRequiredKeyedService<IConnectionMultiplexer>(serviceKey), check);
    }
}

/// <summary>The connection string behind one options name.</summary>
internal sealed record RedisConnectionString(string OptionsName, string? Value);

/// <summary>Starts from the connection string, so that everything configured afterwards refines it.</summary>
internal sealed class RedisOptionsFactory(
    IEnumerable<RedisConnectionString> connectionStrings,
    IEnumerable<IConfigureOptions<ConfigurationOptions>> setups,
    IEnumerable<IPostConfigureOptions<ConfigurationOptions>> postConfigures,
    IEnumerable<IValidateOptions<ConfigurationOptions>> validations) : OptionsFactory<ConfigurationOptions>(setups, postConfigures, validations)
{
    protected override ConfigurationOptions CreateInstance(string name)
    {
        var text = connectionStrings.LastOrDefault(c => c.OptionsName == name)?.Value;
        var options = text is null ? base.CreateInstance(name) : ConfigurationOptions.Parse(text);
        if (options.Defaults.GetType() == typeof(StackExchange.Redis.Configuration.DefaultOptionsProvider))
        {
            options.Defaults = new PatientDefaults(); // what the string says explicitly still wins
        }

        return options;
    }

    /// <summary>A service that starts before Redis waits for it instead of dying.</summary>
    private sealed class PatientDefaults : StackExchange.Redis.Configuration.DefaultOptionsProvider
    {
        public override bool AbortOnConnectFail => false;
    }
}

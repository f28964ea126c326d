using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Xopc.ServiceDefaults.Redis;

/// <summary>Registers Redis: Aspire's own integration where its packages can be restored (<c>-p:XopcAspire=true</c>), the equivalent of this project elsewhere.</summary>
public static class RedisExtensions
{
    /// <summary>
    /// Registers a lazy singleton <see cref="IConnectionMultiplexer"/>, its health check (<c>StackExchange.Redis</c>) and spans for its commands.
    /// The first resolution connects; without a connection string it throws <see cref="InvalidOperationException"/>.
    /// </summary>
    /// <param name="name">Name of the connection string, <c>redis</c>.</param>
    public static void AddXopcRedis(
        this IHostApplicationBuilder builder, string name, Action<XopcRedisSettings>? configureSettings = null, Action<ConfigurationOptions>? configureOptions = null)
    {
#if XOPC_ASPIRE
        builder.AddRedisClient(name, settings => Apply(configureSettings, settings), configureOptions);
#else
        RedisRegistration.Add(builder, name, serviceKey: null, configureSettings, configureOptions);
#endif
        RedisEvidence.Take(builder.Services, serviceKey: null);
    }

    /// <summary>As <see cref="AddXopcRedis"/>, as a keyed singleton; the key is <paramref name="name"/> and the health check <c>StackExchange.Redis_{name}</c>.</summary>
    public static void AddKeyedXopcRedis(
        this IHostApplicationBuilder builder, string name, Action<XopcRedisSettings>? configureSettings = null, Action<ConfigurationOptions>? configureOptions = null)
    {
#if XOPC_ASPIRE
        builder.AddKeyedRedisClient(name, settings => Apply(configureSettings, settings), configureOptions);
#else
        RedisRegistration.Add(builder, name, serviceKey: name, configureSettings, configureOptions);
#endif
        RedisEvidence.Take(builder.Services, serviceKey: name);
    }
#if XOPC_ASPIRE

    private static void Apply(Action<XopcRedisSettings>? configure, Aspire.StackExchange.Redis.StackExchangeRedisSettings target)
    {
        var settings = new XopcRedisSettings
        {
            ConnectionString = target.ConnectionString,
            DisableHealthChecks = target.DisableHealthChecks,
            DisableTracing = target.DisableTracing,
            DisableAutoActivation = target.DisableAutoActivation,
        };
        configure?.Invoke(settings);
        (target.ConnectionString, target.DisableHealthChecks) = (settings.ConnectionString, settings.DisableHealthChecks);
        (target.DisableTracing, target.DisableAutoActivation) = (settings.DisableTracing, settings.DisableAutoActivation);
    }
#endif

    /// <summary>What is wrong with a connection string, in words for the person who wrote it; null: nothing that can be told without connecting.</summary>
    public static string? FindFault(string connectionString)
    {
        try
        {
            var options = ConfigurationOptions.Parse(connectionString);
            return options.EndPoints.Count == 0 ? "names no server" : null;
        }
        catch (ArgumentOutOfRangeException e) when (e.ParamName == "port")
        {
            return "names a port outside 1 to 65535";
        }
        catch (ArgumentException e)
        {
            // "Keyword 'bogus' is not supported. (Parameter 'bogus')"; never the password, which is not looked into.
            return e.Message.Split(" (Parameter", 2)[0];
        }
    }
}

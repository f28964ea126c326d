using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xopc.Storage.Migrations;
using Xopc.Storage.Retention;
using Xopc.Storage.Sqlite;

namespace Xopc.Storage;

/// <summary>Registers databases.</summary>
public static class StorageRegistration
{
    /// <summary>
    /// Registers the keyed singleton <see cref="Database"/> <paramref name="name"/> at <c>{state}/data/{name}.db</c> with the storage series and
    /// <paramref name="schema"/>; it is opened and migrated before any hosted service that depends on it starts.
    /// Also its <see cref="LeaseOwner"/> under the same key, its retention, the health check <c>database:{name}</c> and the meter <c>Xopc.Storage</c>.
    /// </summary>
    /// <remarks>
    /// The singleton opens when it is created, and its retention worker, a hosted service, needs it in its constructor: a host creates every hosted service
    /// before it starts the first. So a file that cannot be used ends the start with <see cref="DatabaseOpenException"/>, whatever the order of modules. The
    /// container disposes in the reverse order of creation, after the host has stopped: everything that was given the database goes before it.
    /// </remarks>
    public static TBuilder AddXopcDatabase<TBuilder>(this TBuilder builder, string name, string dataDirectory, MigrationSeries schema)
        where TBuilder : IHostApplicationBuilder
    {
        MigrationHistory.RequireNumbered(schema);
        var services = builder.Services;
        if (services.Any(service => service.ServiceType == typeof(Database) && name.Equals(service.ServiceKey)))
        {
            throw new InvalidOperationException($"The database '{name}' is registered twice.");
        }

        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.TryAddSingleton<StorageMetrics>();
        services.TryAddSingleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>();
        services.AddOptions<StorageOptions>().BindConfiguration("Storage").ValidateOnStart();
        services.AddKeyedSingleton<Database>(name, (provider, _) => Open(provider, name, dataDirectory, schema));
        services.AddKeyedSingleton(name, (provider, _) => new LeaseOwner(provider.GetRequiredKeyedService<Database>(name), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IHostedService>(provider => CreateRetention(provider, name));
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            $"database:{name}", provider => new DatabaseHealthCheck(provider.GetRequiredKeyedService<Database>(name)), failureStatus: null, tags: null));
        return builder;
    }

    private static SqliteDatabase Open(IServiceProvider provider, string name, string dataDirectory, MigrationSeries schema)
    {
        var options = provider.GetRequiredService<IOptions<StorageOptions>>().Value;
        var settings = new SqliteSettings(name, Path.Combine(dataDirectory, $"{name}.db"), [StorageSchema.Series, schema])
        {
            PowerSafe = options.Durability == Durability.Full,
        };
        return SqliteDatabase.Open(
            settings, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SqliteDatabase>>(), provider.GetRequiredService<StorageMetrics>());
    }

    private static RetentionWorker CreateRetention(IServiceProvider provider, string name)
    {
        var options = provider.GetRequiredService<IOptions<StorageOptions>>().Value;
        IRetentionRule[] rules =
        [
            new OutboxRetention(name, options.OutboxAge),
            new TableRetention(name, "inbox", "seq", "ended_ms", "bytes", options.InboxAge, options.InboxBytes),
            new TableRetention(name, "dead_letters", "seq", "buried_ms", "bytes", options.DeadLetterAge, options.DeadLetterBytes),
            new LeaseRetention(name),
            .. provider.GetServices<IRetentionRule>().Where(rule => rule.Database == name),
        ];
        return new RetentionWorker(
            provider.GetRequiredKeyedService<Database>(name), rules, options, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<StorageMetrics>(), provider.GetRequiredService<ILogger<RetentionWorker>>());
    }
}

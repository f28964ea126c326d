using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Xopc.Contracts.Messages;
using Xopc.Messaging.InProcess;
using Xopc.Messaging.Redis;
using Xopc.Messaging.Runs;
using Xopc.Storage;

namespace Xopc.Messaging;

/// <summary>
/// Takes a message into the service's database: called inside the accepting transaction after the inbox row was written; does what makes it visible.
/// </summary>
public delegate void AcceptMessage(DatabaseTransaction transaction, StreamMessage message);

/// <summary>What a service does with one work stream.</summary>
/// <param name="Stream">One of <see cref="WorkStreams"/>.</param>
/// <param name="Database">Name of the keyed <see cref="Storage.Database"/> that accepts.</param>
/// <param name="KeyCapacity">Unfinished rows a key may have; more wait in the sender's outbox.</param>
/// <param name="Accept">The visible part. Throwing refuses the message; after <see cref="MessagingOptions.AcceptAttempts"/> it goes to the dead letters.</param>
/// <param name="Accepted">Called after the commit with the keys that have new work. Not called for work that a dead process accepted: look at start.</param>
public sealed record StreamIntake(string Stream, string Database, int KeyCapacity, AcceptMessage Accept, Action<IReadOnlyCollection<string>> Accepted)
{
    /// <summary>
    /// Asked when a message's key has as many unfinished rows as it may. True: it was refused for good, and said so, in the same transaction. Null or false: it waits.
    /// </summary>
    public Func<DatabaseTransaction, StreamMessage, bool>? RefuseWhenFull { get; init; }
}

/// <summary>Registers messaging: Redis Streams when <c>ConnectionStrings:redis</c> is configured, else in process. The only place that decides.</summary>
public static class MessagingRegistration
{
    /// <summary>
    /// Registers <see cref="IEventLog"/>, <see cref="IRunLog"/>, <see cref="IControlBroadcast"/>, the health check <c>messaging</c> and
    /// <see cref="MessagingOptions"/> (section <c>Messaging</c>). Idempotent: every module calls it. Over Redis it needs an <see cref="IConnectionMultiplexer"/>.
    /// </summary>
    public static TBuilder AddXopcMessaging<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        var services = builder.Services;
        if (services.Any(service => service.ServiceType == typeof(MessagingTelemetry)))
        {
            return builder;
        }

        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        if (RedisOf(builder) is null)
        {
            services.Configure<MessagingOptions>(static options => options.PollEvery = TimeSpan.FromSeconds(1)); // nobody else writes: what is done here wakes whom it concerns
        }

        services.AddOptions<MessagingOptions>().BindConfiguration("Messaging").ValidateOnStart();
        services.AddSingleton<IValidateOptions<MessagingOptions>, MessagingOptionsValidator>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<MessagingOptions>>().Value);
        services.AddSingleton<MessagingTelemetry>();
        services.AddSingleton<LocalRunLog>();
        services.AddHealthChecks().AddCheck<MessagingHealthCheck>("messaging");
        if (RedisOf(builder) is { } redis)
        {
            AddRedis(builder, redis);
        }
        else
        {
            AddInProcess(builder);
        }

        services.AddHostedService<ControlListening>();
        return builder;
    }

    /// <summary>
    /// Relays the outbox of database <paramref name="database"/>: publish, confirm by receipts, sweep. One per database, under a lease.
    /// </summary>
    public static TBuilder AddOutboxRelay<TBuilder>(this TBuilder builder, string database)
        where TBuilder : IHostApplicationBuilder
    {
        var services = builder.AddXopcMessaging().Services;
        services.AddKeyedSingleton(database, (provider, _) => ActivatorUtilities.CreateInstance<OutboxRelay>(
            provider, provider.GetRequiredKeyedService<Database>(database)));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<OutboxRelay>(database));
        if (RedisOf(builder) is not null)
        {
            services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<ReceiptWorker>(
                provider, database, Reader(provider, Receipts.StreamOf(database), database), provider.GetRequiredKeyedService<OutboxRelay>(database)));
        }

        return builder;
    }

    /// <summary>Receives a work stream into a database.</summary>
    public static TBuilder AddStreamIntake<TBuilder>(this TBuilder builder, Func<IServiceProvider, StreamIntake> intake)
        where TBuilder : IHostApplicationBuilder
    {
        var services = builder.AddXopcMessaging().Services;
        if (RedisOf(builder) is null)
        {
            services.AddSingleton(provider => Acceptor(provider, intake(provider)));
            return builder;
        }

        services.AddSingleton<IHostedService>(provider =>
        {
            var registered = intake(provider);
            return ActivatorUtilities.CreateInstance<StreamWorker>(
                provider, Reader(provider, registered.Stream, registered.Database), Acceptor(provider, registered));
        });
        return builder;
    }

    private static string? RedisOf(IHostApplicationBuilder builder) =>
        builder.Configuration.GetConnectionString("redis") is { } configured && !string.IsNullOrWhiteSpace(configured) ? configured : null;

    private static void AddInProcess(IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<IStreamWriter>(provider => ActivatorUtilities.CreateInstance<InProcessStreamWriter>(
            provider,
            new Lazy<IReadOnlyDictionary<string, IntakeAcceptor>>(() => provider.GetServices<IntakeAcceptor>().ToDictionary(acceptor => acceptor.Stream, StringComparer.Ordinal))));
        services.AddSingleton<IEventLog, InProcessEventLog>();
        services.AddSingleton<IControlBroadcast, InProcessControlBroadcast>();
        services.AddSingleton<IRunLog>(provider => provider.GetRequiredService<LocalRunLog>());
    }

    private static void AddRedis(IHostApplicationBuilder builder, string connectionString)
    {
        var services = builder.Services;
        services.AddSingleton(provider => new RedisConnections(
            provider.GetRequiredService<IConnectionMultiplexer>(), connectionString, provider.GetRequiredService<Microsoft.Extensions.Logging.ILogger<RedisConnections>>()));
        services.AddSingleton(provider => new RedisKeys(provider.GetRequiredService<MessagingOptions>().KeyPrefix));
        services.AddSingleton<IStreamWriter, RedisStreamWriter>();
        services.AddSingleton<RedisEventLog>();
        services.AddSingleton<IEventLog>(provider => provider.GetRequiredService<RedisEventLog>());
        services.AddHostedService<EventPublishWorker>();
        services.AddHostedService<EventReadWorker>();
        services.AddSingleton<RedisControlBroadcast>();
        services.AddSingleton<IControlBroadcast>(provider => provider.GetRequiredService<RedisControlBroadcast>());
        services.AddHostedService(provider => provider.GetRequiredService<RedisControlBroadcast>());
        services.AddSingleton<RunFlushWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<RunFlushWorker>());
        services.AddSingleton<IRunLog, RedisRunLog>();
    }

    private static IntakeAcceptor Acceptor(IServiceProvider provider, StreamIntake intake) =>
        ActivatorUtilities.CreateInstance<IntakeAcceptor>(provider, intake, provider.GetRequiredKeyedService<Database>(intake.Database));

    private static RedisStreamReader Reader(IServiceProvider provider, string stream, string group) => new(
        provider.GetRequiredService<RedisConnections>(), provider.GetRequiredService<RedisKeys>(), stream, group,
        provider.GetRequiredService<MessagingOptions>(), provider.GetRequiredService<MessagingTelemetry>(), provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<Microsoft.Extensions.Logging.ILogger<RedisStreamReader>>());
}

using StackExchange.Redis;
using Xopc.Contracts;
using Xopc.Messaging;
using Xopc.ServiceDefaults.OpenApi;
using Xopc.ServiceDefaults.Redis;
using Xopc.Storage;
using Xopc.Storage.Retention;

namespace Xopc.Channels.Deliveries;

/// <summary>Registers the delivery ledger: what takes deliveries in, what sends them, and how long they are kept.</summary>
internal static class DeliveriesRegistration
{
    private const long MaxBytes = 256L * 1024 * 1024;
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(30);

    public static void AddDeliveries(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<IRetentionRule>(new TableRetention(ChannelsSchema.Database, "deliveries", "seq", "ended_ms", "bytes", MaxAge, MaxBytes));
        services.AddSingleton<IRetentionRule, PartRetention>();
        services.AddSingleton(static provider => new SharedRates(
            provider.GetRequiredService<MessagingOptions>().KeyPrefix, provider.GetRequiredKeyedService<LeaseOwner>(ChannelsSchema.Database).Name,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SharedRates>>())
        {
            IsConfigured = provider.GetRequiredService<IServiceProviderIsService>().IsService(typeof(IConnectionMultiplexer)),
        });
        services.AddHostedService<SharedDecisionsWorker<SharedRates>>();
        services.AddSingleton<SendRates>();
        services.AddSingleton<DeliveryNews>();
        services.AddSingleton<DeliverySending>();
        services.AddSingleton<DeliveryLanes>();
        services.AddSingleton<DeliveryStreamIntake>();
        services.AddSingleton<DeliveryHost>();
        services.AddHostedService(static provider => provider.GetRequiredService<DeliveryHost>());
        services.AddApiShapes(static () => ChannelsJson.Default, ErrorCode.StorageUnavailable, ErrorCode.Timeout);
        builder.AddStreamIntake(static provider => provider.GetRequiredService<DeliveryStreamIntake>().Intake);
    }

    public static void MapDeliveries(this IEndpointRouteBuilder routes)
    {
        routes.MapMessages();
        routes.MapLedger();
    }
}

using Microsoft.Extensions.DependencyInjection.Extensions;
using Xopc.Channels.Accounts;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Intake;
using Xopc.Channels.Lanes;
using Xopc.Channels.Pairing;
using Xopc.Channels.Previews;
using Xopc.Channels.Telegram;
using Xopc.Channels.Webchat;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Messaging;
using Xopc.ServiceDefaults.Http;
using Xopc.Storage;

namespace Xopc.Channels;

/// <summary>The messaging platforms: accounts, intake, deliveries.</summary>
public static class ChannelsModule
{
    /// <summary>Registers the service in start order: database and messaging, the ledger, what takes messages in, and last the accounts; a stop goes the other way.</summary>
    public static TBuilder AddChannels<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.AddXopcConfiguration();
        builder.AddXopcDatabase(ChannelsSchema.Database, builder.StartupPaths().DataDirectory, ChannelsSchema.Series);
        builder.AddXopcMessaging();
        builder.AddOutboxRelay(ChannelsSchema.Database);

        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.Configure<ApiErrorOptions>(static options => options.Maps.Add(
            static error => error is DatabaseUnavailableException ? new ApiError(ErrorCode.StorageUnavailable, error.Message, TimeSpan.FromSeconds(5)) : null));
        builder.AddLanes();
        builder.AddDeliveries();
        builder.AddPreviews();
        builder.AddIntake();
        builder.AddPairing();
        builder.AddTelegram();
        builder.AddWebchat();
        builder.AddAccounts();
        services.AddHealthChecks().AddCheck<ChannelsHealth>("channels");
        return builder;
    }

    /// <summary>Maps the service's endpoints.</summary>
    public static WebApplication MapChannels(this WebApplication app)
    {
        app.MapDeliveries();
        app.MapPairing();
        app.MapAccounts();
        app.MapTelegram();
        return app;
    }
}

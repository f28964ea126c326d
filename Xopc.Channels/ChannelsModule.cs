using Xopc.Channels.Accounts;
using Xopc.Configuration;
using Xopc.Messaging;

namespace Xopc.Channels;

/// <summary>The messaging platforms: accounts, intake, deliveries.</summary>
public static class ChannelsModule
{
    /// <summary>Registers the service and its health check <c>channels</c>.</summary>
    public static TBuilder AddChannels<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.AddXopcConfiguration();
        builder.AddXopcMessaging();
        builder.Services.AddHealthChecks().AddCheck<ChannelsHealth>("channels");
        return builder;
    }

    /// <summary>Maps the service's endpoints.</summary>
    public static WebApplication MapChannels(this WebApplication app) => app;
}

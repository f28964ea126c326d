namespace Xopc.Channels;

/// <summary>The module of Xopc.Channels.</summary>
public static class ChannelsModule
{
    public static TBuilder AddChannels<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder => builder;

    public static WebApplication MapChannels(this WebApplication app) => app;
}

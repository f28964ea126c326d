using Xopc.Testing.Hosting;

namespace Xopc.Channels.Tests;

internal static class ChannelsHost
{
    public static Task<ModuleHost> StartAsync(string config = "{}") =>
        ModuleHost.StartAsync("xopc-channels", static builder => builder.AddChannels(), static app => app.MapChannels(), TestContext.Current.CancellationToken, config);
}

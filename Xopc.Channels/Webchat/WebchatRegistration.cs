using Xopc.Channels.Accounts;

namespace Xopc.Channels.Webchat;

/// <summary>Registers the channel of the console and the API.</summary>
internal static class WebchatRegistration
{
    public static void AddWebchat(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<WebchatPosts>();
        builder.Services.AddSingleton<IChannel, WebchatChannel>();
    }
}

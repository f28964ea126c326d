using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Xopc.Channels.Telegram.Webhooks;

namespace Xopc.Channels.Tests.Telegram;

/// <summary>Somebody at the address that Telegram was told; answers what it is told to and remembers the secrets it was shown.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebhookReceiver(WebApplication app) => _app = app;

    public int Status { get; set; } = 200;

    public ConcurrentQueue<string?> Shown { get; } = new();

    public string Url => _app.Urls.First() + "/hook";

    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
        var receiver = new WebhookReceiver(builder.Build());
        receiver._app.Run(context =>
        {
            receiver.Shown.Enqueue(context.Request.Headers[WebhookEndpoint.SecretHeader]);
            context.Response.StatusCode = receiver.Status;
            return Task.CompletedTask;
        });
        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

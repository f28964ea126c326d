using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Telegram.Bot;
using Telegram.Bot.Exceptions;

namespace Xopc.Channels.Tests.Telegram.BotApi;

public sealed class WebhookTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_webhook_gets_each_update_until_it_says_200_and_polls_conflict_meanwhile()
    {
        await using var api = await BotApiFixture.StartAsync();
        api.Server.WebhookRetryDelay = TimeSpan.Zero;
        var received = new ConcurrentQueue<(string? Secret, string Body)>();
        await using var receiver = await ReceiverAsync(received);

        await api.Client.SetWebhook($"{receiver.Urls.First()}/hook", secretToken: "s3cret", cancellationToken: Cancel);
        api.Anna.Writes(api.Bot, "first");
        api.Anna.Writes(api.Bot, "second");
        await api.Server.WaitForAsync(() => api.Bot.PendingUpdates == 0, "an empty queue", Cancel);

        var conflict = await Assert.ThrowsAsync<ApiRequestException>(() => api.Client.GetUpdates(cancellationToken: Cancel));
        Assert.Equal(409, conflict.ErrorCode);
        Assert.Contains("webhook is active", conflict.Message, StringComparison.Ordinal);
        Assert.Equal(3, received.Count);
        Assert.All(received, push => Assert.Equal("s3cret", push.Secret));
        Assert.Equal([true, true, false], received.Select(push => push.Body.Contains("\"text\":\"first\"", StringComparison.Ordinal)));
        var info = await api.Client.GetWebhookInfo(Cancel);
        Assert.Contains("503", info.LastErrorMessage, StringComparison.Ordinal);

        await api.Client.DeleteWebhook(cancellationToken: Cancel);
        api.Anna.Writes(api.Bot, "third");
        Assert.Single(await api.Client.GetUpdates(cancellationToken: Cancel));
    }

    /// <summary>Refuses the first push.</summary>
    private static async Task<WebApplication> ReceiverAsync(ConcurrentQueue<(string? Secret, string Body)> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            context.Response.StatusCode = received.IsEmpty ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
            received.Enqueue((context.Request.Headers["X-Telegram-Bot-Api-Secret-Token"], body));
        });
        await app.StartAsync(Cancel);
        return app;
    }
}

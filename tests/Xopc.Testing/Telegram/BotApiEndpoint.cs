using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Xopc.Testing.Telegram;

/// <summary><c>/bot&lt;token&gt;/&lt;method&gt;</c> and <c>/file/bot&lt;token&gt;/&lt;path&gt;</c>, and everything that goes wrong on the way.</summary>
internal sealed class BotApiEndpoint(TelegramServer server) : IDisposable
{
    private const string FileMethod = "file";

    private readonly BotMethods _methods = new(server);
    private readonly WebhookMethods _webhooks = new(server);

    public void Dispose() => _webhooks.Dispose();

    public async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        var isFile = path.StartsWith("/file/bot", StringComparison.Ordinal);
        var rest = path[(isFile ? "/file/bot".Length : path.StartsWith("/bot", StringComparison.Ordinal) ? "/bot".Length : path.Length)..];
        var slash = rest.IndexOf('/');
        if (slash <= 0)
        {
            await AnswerWriter.WriteAsync(context, BotAnswer.Refused(new BotApiException(404, "Not Found")));
            return;
        }

        if (server.BotByToken(rest[..slash]) is not { } bot)
        {
            await AnswerWriter.WriteAsync(context, BotAnswer.Refused(new BotApiException(401, "Unauthorized")));
            return;
        }

        try
        {
            await CallAsync(context, bot, isFile ? FileMethod : rest[(slash + 1)..], rest[(slash + 1)..]);
        }
        catch (Exception ex) when (context.RequestAborted.IsCancellationRequested && ex is OperationCanceledException or IOException)
        {
            // The client left, which half of the tests are about.
        }
    }

    private async Task CallAsync(HttpContext context, FakeBot bot, string method, string path)
    {
        BotRequest request;
        try
        {
            request = await BotRequest.ReadAsync(context);
        }
        catch (BotApiException refusal)
        {
            await AnswerWriter.WriteAsync(context, BotAnswer.Refused(refusal));
            return;
        }

        bot.CameOver(context.Connection.Id, context.Features.GetRequiredFeature<IConnectionLifetimeFeature>().ConnectionClosed);
        var call = bot.Called(method, request.ChatId, context.Connection.Id);
        var fault = bot.Faults.Take(method, request.ChatId);
        var held = HoldBeforeAsync(fault, context.RequestAborted);
        fault?.Count();
        if (fault?.Kind == FaultKind.ResetBefore)
        {
            context.Abort();
            return;
        }

        await held;
        var answer = fault?.Answer ?? (method == FileMethod ? Download(path) : await RunAsync(bot, method, request, context.RequestAborted));
        if (await AnswerWriter.WriteAsync(context, answer, fault))
        {
            bot.Answered(call, answer.Status);
        }
    }

    private async Task HoldBeforeAsync(Fault? fault, CancellationToken gone)
    {
        if (fault?.Kind == FaultKind.Mute)
        {
            await fault.Lifted.WaitAsync(gone);
        }
        else if (fault?.Kind == FaultKind.Delay)
        {
            await Task.Delay(fault.Delay, server.Clock, gone);
        }
    }

    private async Task<BotAnswer> RunAsync(FakeBot bot, string method, BotRequest request, CancellationToken gone)
    {
        try
        {
            if (method.Equals("getUpdates", StringComparison.OrdinalIgnoreCase))
            {
                return await bot.Feed.PollAsync(request, gone);
            }

            if (WebhookMethods.Has(method))
            {
                return BotAnswer.Ok(await _webhooks.RunAsync(method, bot, request));
            }

            lock (server.Gate)
            {
                return BotAnswer.Ok(_methods.Run(method, bot, request));
            }
        }
        catch (BotApiException refusal)
        {
            return BotAnswer.Refused(refusal);
        }
        catch (Exception ex) when (ex is InvalidOperationException or FormatException)
        {
            // A number where a text belongs, an object where an array does.
            return BotAnswer.Refused(BotApiException.BadRequest("can't parse parameters: " + ex.Message));
        }
    }

    private BotAnswer Download(string path)
    {
        lock (server.Gate)
        {
            return server.Files.ByPath(path) is { Content: { } content } file
                ? new BotAnswer(200, content, "application/octet-stream")
                : BotAnswer.Refused(new BotApiException(404, "Not Found"));
        }
    }
}

using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Xopc.Cli.Tests.Conversation;

/// <summary>A request that arrived at the fake, before it is answered.</summary>
internal sealed record Arrived(string Method, string Path, string Body, IHeaderDictionary Headers);

/// <summary>
/// The gateway's side of a conversation on a real listener: a script of answers, one per request, taken in order.
/// </summary>
internal sealed class FakeGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<Func<HttpContext, Task>> _script = Channel.CreateUnbounded<Func<HttpContext, Task>>();
    private readonly Channel<Arrived> _requests = Channel.CreateUnbounded<Arrived>();

    private FakeGateway(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    public static async Task<FakeGateway> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var fake = new FakeGateway(app);
        app.Run(fake.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return fake;
    }

    public FakeGateway Then(Func<HttpContext, Task> answer)
    {
        Assert.True(_script.Writer.TryWrite(answer));
        return this;
    }

    /// <summary>Frames as <c>id|event|data</c>, then the end the protocol allows.</summary>
    public FakeGateway ThenStream(params string[] frames) => Then(context => WriteAsync(context, frames));

    /// <summary>Frames, then the connection breaks: once the client has them, because a reset discards what it did not read yet.</summary>
    public FakeGateway ThenCut(Func<Task> received, params string[] frames) => Then(async context =>
    {
        await WriteAsync(context, frames);
        await received();
        context.Abort();
    });

    /// <summary>Frames, then nothing until the client leaves.</summary>
    public FakeGateway ThenHang(TaskCompletionSource hanging, params string[] frames) => Then(async context =>
    {
        await WriteAsync(context, frames);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var _ = context.RequestAborted.Register(left.SetResult);
        hanging.SetResult();
        await left.Task;
    });

    public FakeGateway ThenError(int status, string code, string message, int? retryAfter = null) => Then(async context =>
    {
        context.Response.StatusCode = status;
        if (retryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString();
        }

        await context.Response.WriteAsync(JsonSerializer.Serialize(new { error = new { code, message } }));
    });

    public async Task<Arrived> NextAsync() => await _requests.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within("No request arrived");

    public bool HasMore => _requests.Reader.TryPeek(out _);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    internal static async Task WriteAsync(HttpContext context, IEnumerable<string> frames)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "text/event-stream";
        }

        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        foreach (var frame in frames)
        {
            var parts = frame.Split('|', 3);
            await context.Response.WriteAsync($": still here\n\nid: {parts[0]}\nevent: {parts[1]}\ndata: {parts[2]}\n\n");
        }

        await context.Response.Body.FlushAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        await _requests.Writer.WriteAsync(new Arrived(context.Request.Method, context.Request.Path, body, new HeaderDictionary(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase))));
        if (!_script.Reader.TryRead(out var answer))
        {
            context.Response.StatusCode = StatusCodes.Status418ImATeapot;
            return;
        }

        await answer(context);
    }
}

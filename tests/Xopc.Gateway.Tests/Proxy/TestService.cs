using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xopc.Gateway.Tests.Abuse;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Trust;

namespace Xopc.Gateway.Tests.Proxy;

/// <summary>A service behind the edge that believes only what the installation signed, on a Unix socket or on TCP.</summary>
internal sealed class TestService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly LogTrap _log = new();

    private TestService(string credentials, string? socket, int port, X509Certificate2? certificate)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders().AddProvider(_log);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(1));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            if (socket is null)
            {
                kestrel.Listen(IPAddress.Loopback, port, listener =>
                {
                    if (certificate is not null)
                    {
                        listener.UseHttps(certificate);
                    }
                });
            }
            else
            {
                kestrel.ListenUnixSocket(socket);
            }
        });
        builder.AddInstallationTrust(credentials);
        _app = builder.Build();
        _app.Use((context, next) =>
        {
            Arrived.Enqueue(AttackMark.Describe(context.Request));
            return next(context);
        });
        _app.UseApiErrors();
        _app.UseSignedPrincipal();
        _app.MapGet("/health", () => Health);
        _app.MapGet("/alive", () => "alive");
        _app.MapFallback("{**path}", AnswerAsync);
    }

    /// <summary>Health this service reports; the status code follows.</summary>
    public IResult Health { get; set; } = Results.Ok();

    /// <summary>What an edge has to be told to find it.</summary>
    public string Destination { get; private set; } = "";

    /// <summary>The test writes; each text is sent and flushed at once on <c>/api/events</c>. Completing it ends the answer.</summary>
    public Channel<string> Frames { get; } = Channel.CreateBounded<string>(1024);

    /// <summary>Completes when a stream's client is gone, as the service sees it.</summary>
    public TaskCompletionSource ClientLeft { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a request to <c>/api/agent/hang</c> has arrived.</summary>
    public TaskCompletionSource Hanging { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Every request, also those that are refused, by <see cref="AttackMark.Describe"/>.</summary>
    public ConcurrentQueue<string> Arrived { get; } = new();

    /// <summary>The same without the probes.</summary>
    public IEnumerable<string> Asked => Arrived.Where(request => request != "GET /alive");

    public string Log => _log.Everything;

    public static async Task<TestService> StartAsync(string credentials, string? socket = null, int port = 0, X509Certificate2? certificate = null)
    {
        var service = new TestService(credentials, socket, port, certificate);
        await service._app.StartAsync(TestContext.Current.CancellationToken);
        service.Destination = socket is null
            ? service._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()
            : $"unix:{socket}";
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        Frames.Writer.TryComplete();
        await _app.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/api/events" => StreamAsync(context),
        "/api/agent" => CountAsync(context),
        "/api/agent/teapot" => ApiError.WriteAsync(context, Contracts.ErrorCode.SessionBusy, "Full", TimeSpan.FromSeconds(7)),
        "/api/agent/hang" => HangAsync(context),
        "/api/agent/die" => Die(context),
        _ => context.Response.WriteAsync(Describe(context)),
    };

    /// <summary>The request as it arrived: principal, raw target, headers.</summary>
    private static string Describe(HttpContext context)
    {
        var text = new StringBuilder();
        text.Append("principal ").AppendLine(context.FindPrincipal()?.ToString() ?? "nobody");
        text.Append("target ").Append(context.Request.Method).Append(' ').AppendLine(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        foreach (var (name, values) in context.Request.Headers)
        {
            foreach (var value in values)
            {
                text.Append("header ").Append(name).Append(": ").AppendLine(value);
            }
        }

        return text.ToString();
    }

    private async Task StreamAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";

        // Not disposed: callbacks run last one first, so the end of this method could take the registration back before its turn.
        context.RequestAborted.Register(() => ClientLeft.TrySetResult());
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await foreach (var frame in Frames.Reader.ReadAllAsync(context.RequestAborted))
        {
            await context.Response.WriteAsync(frame, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            if (frame == "die")
            {
                context.Abort();
                return;
            }
        }
    }

    private static async Task CountAsync(HttpContext context)
    {
        long total = 0;
        var buffer = new byte[64 * 1024];
        for (int read; (read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0;)
        {
            total += read;
        }

        await context.Response.WriteAsync(total.ToString());
    }

    private async Task HangAsync(HttpContext context)
    {
        using var left = context.RequestAborted.Register(() => ClientLeft.TrySetResult());
        Hanging.TrySetResult();
        await ClientLeft.Task;
    }

    private static Task Die(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }
}

using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.Gateway.Logs;

/// <summary>
/// <c>GET /api/logs/stream</c>: new lines as server-sent events, <c>event: log</c>. The id is a cursor: with it as <c>Last-Event-ID</c> nothing is missed and
/// nothing repeated.
/// </summary>
internal sealed class LogFollow(LogDirectory directory, Redactor redactor, TimeProvider clock, IHostApplicationLifetime lifetime)
{
    private const int MostFollowers = 16;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan KeepAliveEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FullRetry = TimeSpan.FromSeconds(5);
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private int _followers;

    public static Task ServeAsync(HttpContext context, LogFollow follow) => follow.ServeAsync(context);

    private async Task ServeAsync(HttpContext context)
    {
        var filter = LogFilter.Read(context.Request.Query);
        var start = Start(context.Request) ?? LogTail.Ends(directory);
        try
        {
            if (Interlocked.Increment(ref _followers) > MostFollowers)
            {
                await new ApiError(ErrorCode.TooManyConnections, $"{MostFollowers} clients follow the log already", FullRetry).ExecuteAsync(context);
                return;
            }

            await BeginAsync(context, start);
            await FollowAsync(context, filter, new LogTail(directory, start), new Dictionary<string, LogPosition>(start, StringComparer.Ordinal));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left.
        }
        finally
        {
            Interlocked.Decrement(ref _followers);
        }
    }

    private static IReadOnlyDictionary<string, LogPosition>? Start(HttpRequest request)
    {
        var given = request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header ? header : request.Query["cursor"].ToString();
        return given.Length == 0 ? null : LogCursor.Parse(given) ?? throw LogFilter.Invalid("Last-Event-ID is none that this stream gave");
    }

    private static async Task BeginAsync(HttpContext context, IReadOnlyDictionary<string, LogPosition> start)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await response.StartAsync(context.RequestAborted);
        response.BodyWriter.Write(Encoding.UTF8.GetBytes($"id: {LogCursor.Write(start.Values)}\nevent: connected\ndata: {{}}\n\n"));
        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private async Task FollowAsync(HttpContext context, LogFilter filter, LogTail tail, Dictionary<string, LogPosition> sent)
    {
        var body = context.Response.BodyWriter;
        var lastWrite = clock.GetTimestamp();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        while (!ending.IsCancellationRequested)
        {
            var wrote = false;
            foreach (var (record, behind) in tail.Read(clock.GetUtcNow()))
            {
                using (record)
                {
                    sent[behind.File.Series] = behind;
                    if (filter.Fits(record))
                    {
                        Write(body, record, sent);
                        wrote = true;
                    }
                }
            }

            if (!wrote && clock.GetElapsedTime(lastWrite) >= KeepAliveEvery)
            {
                body.Write(": keep-alive\n\n"u8);
                wrote = true;
            }

            if (wrote)
            {
                await body.FlushAsync(context.RequestAborted);
                lastWrite = clock.GetTimestamp();
            }

            await Task.Delay(LookEvery, clock, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!context.RequestAborted.IsCancellationRequested)
        {
            body.Write(Farewell.Frame());
            await body.FlushAsync(context.RequestAborted);
        }
    }

    private void Write(IBufferWriter<byte> body, LogRecord record, Dictionary<string, LogPosition> sent)
    {
        body.Write(Encoding.ASCII.GetBytes($"id: {LogCursor.Write(sent.Values)}\nevent: log\ndata: "));
        using (var json = new Utf8JsonWriter(body, Readable))
        {
            record.WriteTo(json, redactor);
        }

        body.Write("\n\n"u8);
    }
}

using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Xopc.Contracts.Runs;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Events;

/// <summary>
/// One SSE response: frames go out at once, a comment every 15 s keeps proxies from closing it. Frames and comments exclude each other; a comment that finds
/// a frame under way is not needed and not sent.
/// </summary>
internal sealed class SseConnection : IAsyncDisposable
{
    public static readonly TimeSpan KeepAliveEvery = TimeSpan.FromSeconds(15);

    private readonly HttpContext _context;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ITimer _keepAlive;
    private Task _comment = Task.CompletedTask;

    private SseConnection(HttpContext context, TimeProvider clock)
    {
        _context = context;
        _keepAlive = clock.CreateTimer(static state => ((SseConnection)state!).KeepAlive(), this, KeepAliveEvery, KeepAliveEvery);
    }

    /// <summary>Whether the connection was gone when something was last sent: nobody has it.</summary>
    public bool IsBroken { get; private set; }

    public static ReadOnlySpan<byte> KeepAliveComment => ": keep-alive\n\n"u8;

    public static async Task<SseConnection> OpenAsync(HttpContext context, TimeProvider clock)
    {
        await BeginAsync(context);
        return new SseConnection(context, clock);
    }

    /// <summary>Sends the headers; nothing in between may buffer.</summary>
    public static Task BeginAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return response.StartAsync(context.RequestAborted);
    }

    /// <summary>Sends updates of a run, one flush for all of them.</summary>
    public async Task SendAsync(IReadOnlyList<RunUpdate> updates, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            for (var i = 0; i < updates.Count; i++)
            {
                Frame(_context.Response.BodyWriter, updates[i].Id, updates[i].Type, updates[i].Data.Span);
            }

            IsBroken = (await _context.Response.BodyWriter.FlushAsync(cancellationToken)).IsCompleted;
        }
        finally
        {
            _writing.Release();
        }
    }

    public Task SendAsync(RunUpdateId id, string type, byte[] data, CancellationToken cancellationToken) =>
        SendAsync([new RunUpdate(id, type, data)], cancellationToken);

    /// <summary>Says that this process stops and when to come back. The last frame.</summary>
    public async Task SayByeAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            _context.Response.BodyWriter.Write(Farewell.Frame());
            await _context.Response.BodyWriter.FlushAsync(cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _keepAlive.DisposeAsync();
        await _comment.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _writing.Dispose();
    }

    // id: 1.5\nevent: token\ndata: {…}\n\n
    private static void Frame(PipeWriter writer, RunUpdateId id, string type, ReadOnlySpan<byte> data)
    {
        var span = writer.GetSpan(64 + type.Length + data.Length);
        "id: "u8.CopyTo(span);
        var at = 4;
        id.Attempt.TryFormat(span[at..], out var written);
        at += written;
        span[at++] = (byte)'.';
        id.Seq.TryFormat(span[at..], out written);
        at += written;
        "\nevent: "u8.CopyTo(span[at..]);
        at += 8;
        at += Encoding.ASCII.GetBytes(type, span[at..]);
        "\ndata: "u8.CopyTo(span[at..]);
        at += 7;
        data.CopyTo(span[at..]);
        at += data.Length;
        "\n\n"u8.CopyTo(span[at..]);
        writer.Advance(at + 2);
    }

    private void KeepAlive()
    {
        if (_comment.IsCompleted && _writing.Wait(0))
        {
            _comment = CommentAsync();
        }
    }

    private async Task CommentAsync()
    {
        try
        {
            _context.Response.BodyWriter.Write(KeepAliveComment);
            await _context.Response.BodyWriter.FlushAsync(_context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client is gone; the writer of frames learns it from the same token.
        }
        finally
        {
            _writing.Release();
        }
    }
}

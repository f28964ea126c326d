using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xopc.Gateway.Proxy;

namespace Xopc.Gateway.Tests.Proxy;

public sealed class ForwardedFarewellTests
{
    private const string Bye = """^retry: \d{3,4}\nevent: bye\ndata: \{"reason":"shutdown"\}\n\n$""";

    [Fact]
    public async Task When_the_edge_stops_its_streams_end_with_a_farewell_and_the_service_sees_its_client_leave()
    {
        await using var bundle = await Bundle.StartAsync();
        using var response = await bundle.Edge.Client.SendAsync(
            bundle.Edge.Request(HttpMethod.Get, "/api/events"), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var stream = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        await bundle.Service.Frames.Writer.WriteAsync("data: 1\n\n", TestContext.Current.CancellationToken);
        Assert.Equal("data: 1", await stream.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.Equal("", await stream.ReadLineAsync(TestContext.Current.CancellationToken));

        bundle.Edge.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        // To the end without an error: a broken answer would throw here.
        Assert.Matches(Bye, await stream.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken));
        await bundle.Service.ClientLeft.Task.WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(7)] // a small buffer gets the farewell in pieces
    [InlineData(4096)]
    public async Task A_frame_that_has_begun_is_finished_first(int buffer)
    {
        using var stop = new CancellationTokenSource();
        var service = new Pieces("data: 1\r", "\n\r\ndata", ": 2", "\n\n", "data: 3\n\n");
        await using var stream = new FarewellStream(service, stop.Token);
        var read = new StringBuilder();
        while (!read.ToString().EndsWith("data", StringComparison.Ordinal))
        {
            await ReadAsync(stream, buffer, read);
        }

        await stop.CancelAsync();
        while (await ReadAsync(stream, buffer, read) > 0)
        {
        }

        const string Frames = "data: 1\r\n\r\ndata: 2\n\n";
        Assert.StartsWith(Frames, read.ToString(), StringComparison.Ordinal);
        Assert.Matches(Bye, read.ToString()[Frames.Length..]);
    }

    [Fact]
    public async Task A_stream_that_ended_itself_has_no_second_farewell()
    {
        using var stop = new CancellationTokenSource();
        await using var stream = new FarewellStream(new Pieces("event: bye\n\n", ""), stop.Token);
        var read = new StringBuilder();
        await ReadAsync(stream, 64, read);
        await ReadAsync(stream, 64, read);

        await stop.CancelAsync();

        Assert.Equal(0, await ReadAsync(stream, 64, read));
        Assert.Equal("event: bye\n\n", read.ToString());
    }

    private static async Task<int> ReadAsync(Stream stream, int length, StringBuilder to)
    {
        var buffer = new byte[length];
        var read = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken);
        to.Append(Encoding.ASCII.GetString(buffer, 0, read));
        return read;
    }

    /// <summary>Gives one piece per read, or as much of it as fits.</summary>
    private sealed class Pieces(params string[] pieces) : MemoryStream
    {
        private readonly Queue<string> _pieces = new(pieces);
        private string _left = "";

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _left = _left.Length > 0 ? _left : _pieces.Dequeue();
            var piece = _left[..Math.Min(_left.Length, buffer.Length)];
            _left = _left[piece.Length..];
            return ValueTask.FromResult(Encoding.ASCII.GetBytes(piece, buffer.Span));
        }
    }
}

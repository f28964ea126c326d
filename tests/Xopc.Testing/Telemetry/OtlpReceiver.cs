using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Xopc.Testing.Telemetry;

/// <summary>
/// Takes OTLP over http/protobuf and keeps the bytes, one character each: ASCII text in protobuf is found by a search. On bare sockets, because an ASP.NET server
/// in this process would itself be traced.
/// </summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Path, string Body)> _exports = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;

    public OtlpReceiver()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Dictionary<string, string?> Settings => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{_listener.LocalEndpoint}",
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["XOPC_LOG_CONSOLE"] = "false",
    };

    public string All => string.Concat(_exports.Select(e => e.Body));

    public string Of(string signal) => string.Concat(_exports.Where(e => e.Path == $"/v1/{signal}").Select(e => e.Body));

    public int CountOf(string signal) => _exports.Count(e => e.Path == $"/v1/{signal}");

    /// <summary>Every exported span.</summary>
    public IReadOnlyList<ExportedSpan> Spans => [.. _exports.Where(e => e.Path == "/v1/traces").SelectMany(e => ExportedSpan.Read(Encoding.Latin1.GetBytes(e.Body)))];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                while (await ReadHeadAsync(stream) is { Length: > 0 } head)
                {
                    var length = head.Split("\r\n").First(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))["Content-Length:".Length..];
                    var body = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
                    await stream.ReadExactlyAsync(body, _stop.Token);
                    _exports.Enqueue((head.Split(' ')[1], Encoding.Latin1.GetString(body)));
                    await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), _stop.Token);
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The exporter went away.
            }
        }
    }

    private async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
            {
                return "";
            }

            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}

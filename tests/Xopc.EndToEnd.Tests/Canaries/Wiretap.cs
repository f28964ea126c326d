using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace Xopc.EndToEnd.Tests.Canaries;

/// <summary>Every byte that came to a client, head, body and frames of streams, as the server sent it.</summary>
internal sealed partial class Wiretap
{
    private readonly ConcurrentBag<MemoryStream> _connections = [];

    public HttpClient NewClient()
    {
#pragma warning disable CA5359 // a certificate of the test's own, on loopback
        var handler = new SocketsHttpHandler
        {
            UseProxy = false, AllowAutoRedirect = false, UseCookies = false,
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
            PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(Listen(context.PlaintextStream)),
        };
#pragma warning restore CA5359
        return new HttpClient(handler) { Timeout = Wait.Generous };
    }

    /// <summary>One character per byte; what a chunk's border cuts is also there in one piece.</summary>
    public IEnumerable<string> Heard()
    {
        foreach (var connection in _connections)
        {
            string text;
            lock (connection)
            {
                text = Encoding.Latin1.GetString(connection.ToArray());
            }

            yield return text;
            yield return ChunkBorder().Replace(text, "");
        }
    }

    private TappedStream Listen(Stream stream)
    {
        var kept = new MemoryStream();
        _connections.Add(kept);
        return new TappedStream(stream, kept);
    }

    [GeneratedRegex("\r\n[0-9a-fA-F]{1,8}\r\n")]
    private static partial Regex ChunkBorder();
}

using System.Text;

namespace Xopc.Testing.Attacks;

/// <summary>Floods of HTTP/1.1.</summary>
public static class Http1Attacks
{
    private const int Piece = 64 * 1024;

    public static IReadOnlyList<Attack> All { get; } =
    [
        new("100,000 headers", Ends: true, (address, token, _, cancel) => PourAsync(address, Get(token), "X-H: v\r\n", 100_000, cancel)),
        new("a header of 10 MB", Ends: true, (address, token, _, cancel) => PourAsync(address, Get(token) + "X-H: ", new string('v', 1024), 10 * 1024, cancel)),
        new("an address of 10 MB", Ends: true, (address, _, _, cancel) => PourAsync(address, "GET /", new string('a', 1024), 10 * 1024, cancel)),
        new("a method of 10 MB", Ends: true, (address, _, _, cancel) => PourAsync(address, "", new string('A', 1024), 10 * 1024, cancel)),
        new("an endless chunk extension", Ends: true, (address, token, _, cancel) => PourAsync(address, Post(token) + "5;", new string('x', 1024), 10 * 1024, cancel)),
        new("endless chunks of one byte", Ends: true, (address, token, _, cancel) => PourAsync(address, Post(token), "1\r\nx\r\n", 1_000_000, cancel)),
        new("endless trailers", Ends: true, (address, token, _, cancel) => PourAsync(address, Post(token) + "0\r\n", "X-T: v\r\n", 100_000, cancel)),
        new("a body larger than announced", Ends: true, (address, token, _, cancel) => PourAsync(address, Get(token) + "Content-Length: 10\r\n\r\n", new string('x', 1024), 10 * 1024, cancel)),
        new("empty lines before the request", Ends: false, (address, _, scale, cancel) => PourAsync(address, "", "\r\n", scale * 100, cancel)), // until the time for headers is over
        new("pipelining without reading", Ends: false, (address, token, scale, cancel) => PourAsync(address, "", Get(token) + "\r\n", scale, cancel, reads: false)),
        new("pipelining refused requests", Ends: false, (address, _, scale, cancel) => PourAsync(address, "", Get("wrong") + "\r\n", scale, cancel)),
    ];

    /// <summary>A connection that has begun a request and does not go on: <paramref name="body"/> stops in the body, otherwise in the headers.</summary>
    public static async Task<Wire> StallAsync(Uri address, string token, bool body, CancellationToken cancellationToken)
    {
        var wire = await Wire.ConnectAsync(address, cancellationToken);
        await wire.SendAsync(body ? Post(token) + "5\r\nhel" : Get(token), cancellationToken);
        return wire;
    }

    private static string Get(string token) => $"GET /api/auth/none HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n";

    private static string Post(string token) =>
        $"POST /api/sessions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

    private static async Task<bool> PourAsync(Uri address, string head, string repeated, int times, CancellationToken cancellationToken, bool reads = true)
    {
        await using var wire = await Wire.ConnectAsync(address, cancellationToken);
        var answer = reads ? wire.ReadToEndAsync(cancellationToken) : Task.FromResult("");
        if (!await wire.SendAsync(head, cancellationToken))
        {
            return true;
        }

        var perPiece = Math.Max(1, Piece / repeated.Length);
        var piece = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(repeated, perPiece)));
        for (var sent = 0; sent < times; sent += perPiece)
        {
            // A reader that does not read is the attack: once the buffers between are full nothing moves, which is the bound.
            var sending = wire.SendAsync(piece, cancellationToken);
            if (!reads && await Task.WhenAny(sending, Task.Delay(Stalled, cancellationToken)) != sending)
            {
                return false;
            }

            if (!await sending)
            {
                return true;
            }
        }

        return reads && (answer.IsCompleted || await EndsAsync(wire, answer));
    }

    private static readonly TimeSpan Stalled = TimeSpan.FromMilliseconds(300);

    // Everything is sent and the connection still stands: it may be waiting for an end that does not come.
    private static async Task<bool> EndsAsync(Wire wire, Task<string> answer)
    {
        if (await Task.WhenAny(answer, Task.Delay(Stalled)) == answer)
        {
            return true;
        }

        wire.HalfClose();
        await answer;
        return false;
    }
}

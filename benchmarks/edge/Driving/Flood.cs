using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Xopc.EdgeLoad.Hosts;
using Xopc.Load.Wire;

namespace Xopc.EdgeLoad.Driving;

/// <summary>
/// Somebody who means no good, as a process of its own: wrong credentials as fast as they are answered, and connections that send a header line now and
/// then and never an end. <c>GET /counts</c> tells how many of the former there were.
/// </summary>
internal static class Flood
{
    private const int Guessers = 16;
    private static readonly TimeSpan SlowPace = TimeSpan.FromSeconds(2);

    /// <param name="port">Of its own counter.</param>
    /// <param name="victim">The edge.</param>
    /// <param name="fresh">Every wrong credential comes from another address.</param>
    /// <param name="slow">Slow connections.</param>
    public static async Task RunAsync(int port, int victim, bool fresh, int slow)
    {
        using var stop = new CancellationTokenSource();
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        long sent = 0;
        await using var counter = WireServer.Start(port, (exchange, cancellationToken) =>
            exchange.AnswerJsonAsync(200, Encoding.ASCII.GetBytes(Interlocked.Read(ref sent).ToString(CultureInfo.InvariantCulture)), cancellationToken));
        var guessing = Enumerable.Range(0, Guessers).Select(g => Task.Run(() => GuessAsync(victim, g, fresh, () => Interlocked.Increment(ref sent), stop.Token)));
        var dawdling = Enumerable.Range(0, slow).Select(_ => Task.Run(() => DawdleAsync(victim, stop.Token)));
        await Task.WhenAll([.. guessing, .. dawdling]);
    }

    private static async Task GuessAsync(int victim, int guesser, bool fresh, Action sent, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                using var connection = await WireConnection.OpenAsync(victim, cancellationToken);
                for (var i = 0; ; i++)
                {
                    var status = (await connection.AskAsync(Guess(guesser, i, fresh), cancellationToken)).Status;
                    sent();
                    if (status is not (401 or 429))
                    {
                        throw new InvalidDataException($"A wrong credential was answered {status}.");
                    }
                }
            }
            catch (Exception ex) when (ex is SocketException or OperationCanceledException)
            {
                // Closed on: it comes again, until it is told to end.
            }
        }
    }

    private static byte[] Guess(int guesser, int i, bool fresh)
    {
        // 10.0.0.0/8 and up, another address each time; otherwise the peer's own.
        var from = fresh ? string.Create(CultureInfo.InvariantCulture, $"X-Forwarded-For: {20 + guesser}.{(i >> 16) & 255}.{(i >> 8) & 255}.{i & 255}\r\n") : "";
        return Encoding.ASCII.GetBytes($"GET {Trivial.Path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer wrong-{guesser}-{i}\r\n{from}\r\n");
    }

    private static async Task DawdleAsync(int victim, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, victim), cancellationToken);
                await socket.SendAsync("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"u8.ToArray(), SocketFlags.None, cancellationToken);
                for (var line = 0; ; line++)
                {
                    await Task.Delay(SlowPace, TimeProvider.System, cancellationToken);
                    await socket.SendAsync(Encoding.ASCII.GetBytes($"X-{line}: y\r\n"), SocketFlags.None, cancellationToken);
                }
            }
            catch (Exception ex) when (ex is SocketException or OperationCanceledException)
            {
                // Thrown out: it comes again.
            }
        }
    }
}

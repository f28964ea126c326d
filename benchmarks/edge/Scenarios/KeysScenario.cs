using System.Globalization;
using System.Text;
using Xopc.EdgeLoad.Hosts;
using Xopc.Load.Measuring;
using Xopc.Load.Processes;
using Xopc.Load.Report;
using Xopc.Load.Wire;

namespace Xopc.EdgeLoad.Scenarios;

/// <summary>
/// As many clients as there are requests, each with an address of its own: what the limiters remember of them. With a good credential for the buckets of
/// requests, with a wrong one for the table of failed attempts.
/// </summary>
internal static class KeysScenario
{
    private const int Connections = 16;

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        await using var edge = await bench.Installation.EdgeAsync(behindProxy: true, cancellationToken);
        await AskAsync(edge, 0, bench.Options.Keys / 10, cancellationToken); // code and buffers that any load needs
        var before = ProcessFigures.Memory(edge.Pid);
        await AskAsync(edge, bench.Options.Keys / 10, bench.Options.Keys, cancellationToken);
        var after = ProcessFigures.Memory(edge.Pid);
        bench.Report.Add(new Figure(
            "keys.memory", string.Create(CultureInfo.InvariantCulture, $"memory after {bench.Options.Keys:#,0} clients with an address of their own, growth"), "MiB",
            [after.Rss - before.Rss],
            string.Create(CultureInfo.InvariantCulture, $"RSS {before.Rss:0} MiB after the first {bench.Options.Keys / 10:#,0}, {after.Rss:0} MiB at the end; half of them with a wrong credential"), 32));
    }

    private static Task AskAsync(ChildProcess edge, int first, int count, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, Connections).Select(c => Task.Run(async () =>
        {
            using var connection = await WireConnection.OpenAsync(edge.Port, cancellationToken);
            for (var i = first + c; i < first + count; i += Connections)
            {
                var wrong = i % 2 == 1;
                var (status, _) = await connection.AskAsync(Request(i, wrong), cancellationToken);
                if (status is not (200 or 401) || status == 401 != wrong)
                {
                    throw new InvalidDataException($"Client {i} was answered {status}.");
                }
            }
        }, cancellationToken)));

    private static byte[] Request(int client, bool wrong) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"GET {Trivial.Path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {20 + (client >> 24)}.{(client >> 16) & 255}.{(client >> 8) & 255}.{client & 255}\r\nAuthorization: Bearer {(wrong ? "wrong" : Installation.Token)}\r\n\r\n"));
}

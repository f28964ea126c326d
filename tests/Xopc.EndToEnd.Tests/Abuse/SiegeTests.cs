using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Xopc.Testing.Attacks;
using Xopc.Testing.Http;

namespace Xopc.EndToEnd.Tests.Abuse;

/// <summary>Everything the wire allows against the real program, over TLS, while a neighbour goes on asking.</summary>
public sealed class SiegeTests
{
    private const long MiB = 1024 * 1024;
    private const long Allowed = 50 * MiB;

    // Connections of each kind that stop in the middle.
    private static int Stalled => Full ? 10 : 4;

    private static bool Full => Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1";

    // How often a flood repeats itself, in its own measure.
    private static int Scale => Full ? 10_000 : 1_000;

    [Theory]
    [InlineData(Shape.OneProcess)]
    [InlineData(Shape.Bundle)]
    public async Task Every_attack_ends_or_is_bounded_and_a_neighbour_is_served_throughout(Shape shape)
    {
        await using var xopc = await Deployment.StartAsync(shape, beforeStart: UseTlsAsync);
        Attack[] attacks = [.. Http1Attacks.All, .. Http2Attacks.All];

        // The first of each pays for what is compiled and allotted once.
        await Task.WhenAll(attacks.Select(attack => attack.RunAsync(xopc.Url, xopc.Token, 200, Wait.Cancelled)));

        await NeighbourAsync(xopc, 500);
        var before = await NeighbourAsync(xopc, 1000);
        var start = Resident(xopc);
        var faults = new List<string>();
        var during = new List<double>();
        var stalls = await StallAsync(xopc);
        foreach (var attack in attacks)
        {
            var running = attack.RunAsync(xopc.Url, xopc.Token, Scale, Wait.Cancelled);
            do
            {
                during.AddRange(await NeighbourAsync(xopc, 5));
            }
            while (!running.IsCompleted);

            if (!await running && attack.Ends)
            {
                faults.Add($"{attack} was not cut off");
            }

            // What a collection has not looked at yet may stand for a moment; what stays is what the attacks so far have cost.
            var grown = Grown(xopc, start);
            for (var look = 0; look < 20 && grown > Allowed; look++)
            {
                during.AddRange(await NeighbourAsync(xopc, 50));
                grown = Math.Min(grown, Grown(xopc, start));
            }

            if (grown > Allowed)
            {
                faults.Add($"with {attack} it has grown by {grown / MiB} MiB");
            }
        }

        // The listener ends these by itself: too slow with the headers, with the body, with taking the answer.
        await Task.WhenAll(stalls.Select(stall => EndAsync(stall, faults)));
        during.AddRange(await NeighbourAsync(xopc, 20));
        Report(shape, before, during, Grown(xopc, start));
        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.True(xopc.Front.Runs);
        Assert.DoesNotContain("nhandled exception", xopc.Screens(), StringComparison.Ordinal);
        var alarms = LogLines(xopc).Where(line => line.Contains("\"level\":\"error\"", StringComparison.Ordinal) || line.Contains("\"level\":\"fatal\"", StringComparison.Ordinal)).ToList();
        Assert.True(alarms.Count == 0, string.Join('\n', alarms.Take(20)));
    }

    // The process that faces the world, and the one behind it: what the edge lets through must not weigh there either.
    private static (long Front, long Behind) Resident(Deployment xopc) => (xopc.Front.ResidentBytes, xopc.Agents.ResidentBytes);

    private static long Grown(Deployment xopc, (long Front, long Behind) start)
    {
        var (front, behind) = Resident(xopc);
        return Math.Max(front - start.Front, behind - start.Behind);
    }

    private static async Task<List<(string Name, Task Ended, IAsyncDisposable Wire)>> StallAsync(Deployment xopc)
    {
        var stalls = new List<(string, Task, IAsyncDisposable)>();
        for (var i = 0; i < Stalled; i++)
        {
            foreach (var body in (bool[])[true, false])
            {
                var wire = await Http1Attacks.StallAsync(xopc.Url, xopc.Token, body, Wait.Cancelled);
                stalls.Add((body ? "a slow body" : "slow headers", wire.ReadToEndAsync(Wait.Cancelled), wire));
            }

            foreach (var (name, begin) in Http2Attacks.Stalls)
            {
                var wire = await begin(xopc.Url, xopc.Token, Wait.Cancelled);
                stalls.Add(("HTTP/2: " + name, wire.ReadToEndAsync(polite: true, Wait.Cancelled), wire));
            }
        }

        return stalls;
    }

    private static async Task EndAsync((string Name, Task Ended, IAsyncDisposable Wire) stall, List<string> faults)
    {
        try
        {
            await stall.Ended.WaitAsync(Wait.Generous, Wait.Cancelled);
        }
        catch (TimeoutException)
        {
            lock (faults)
            {
                faults.Add($"{stall.Name} was borne for ever");
            }
        }

        await stall.Wire.DisposeAsync();
    }

    /// <summary>Asks so often, each answer awaited; how long each took, in milliseconds.</summary>
    private static async Task<List<double>> NeighbourAsync(Deployment xopc, int times)
    {
        var took = new List<double>();
        for (var i = 0; i < times; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var (status, _) = await xopc.SendAsync(HttpMethod.Get, "/api/sessions?limit=1");
            took.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            Assert.Equal((int)HttpStatusCode.OK, status);
        }

        return took;
    }

    private static void Report(Shape shape, List<double> before, List<double> during, long grown) => TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{shape}: neighbour p50/p99 {At(before, 50):0.0}/{At(before, 99):0.0} ms before, {At(during, 50):0.0}/{At(during, 99):0.0} ms during {during.Count} requests; memory +{grown / (double)MiB:0.0} MiB"));

    private static double At(List<double> values, int percent) => values.Order().ElementAt(values.Count * percent / 100);

    private static IEnumerable<string> LogLines(Deployment xopc) =>
        Directory.EnumerateFiles(Path.Combine(xopc.State, "logs"), "*.log", SearchOption.AllDirectories).SelectMany(file => File.ReadLines(file));

    private static async Task UseTlsAsync(Deployment xopc)
    {
        var config = Path.Combine(xopc.State, "xopc.json");
        var (certFile, keyFile) = SelfSigned.Write(xopc.State);
        var written = JsonNode.Parse(await File.ReadAllTextAsync(config))!.AsObject();
        written["gateway"] = new JsonObject
        {
            ["tls"] = new JsonObject { ["certFile"] = certFile, ["keyFile"] = keyFile },
            ["rateLimit"] = new JsonObject { ["enabled"] = false }, // the attacks have the neighbour's address, and are to reach what lies behind
        };
        await File.WriteAllTextAsync(config, written.ToJsonString());
        if (!OperatingSystem.IsWindows())
        {
            // The audit would rightly raise an alarm of its own.
            foreach (var file in (string[])[config, Path.Combine(xopc.State, "models.json")])
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
    }
}

using System.Text.Json;
using Xopc.Load.Measuring;
using Xopc.Load.Processes;
using Xopc.Load.Wire;

namespace Xopc.Load.Report;

/// <summary>The state of the machine and of the run: figures mean nothing without it.</summary>
internal static class Conditions
{
    public static void Before(Bench bench)
    {
        var (options, sizes, report) = (bench.Options, bench.Sizes, bench.Report);
        report.State(
            $"machine: {Machine.Describe()}; databases on {FileSystemOf(bench.Directory)}; load average before the run {Machine.LoadAverage()}");
        report.State("load generator, fake model and gateway share these CPUs; each is a process of its own, connected over loopback");
        report.State($"gateway: {RuntimeConfiguration(options.Gateway)}; one process, {(options.Telemetry ? "traces, metrics and logs exported over OTLP/HTTP to the harness" : "telemetry export off")}");
        report.State(
            $"limits of the run: no limit on requests per second; gateway.maxSseConnections {GatewayLaunch.MaxEventClients}; every other setting its default "
            + "(connections of the listener, queue per session)");
        report.State(
            $"{options.Runs} run(s) per figure, median; {options.TurnsPerSession} turns per session, then a new one; {sizes.TokensPerAnswer} tokens per answer; "
            + $"{sizes.TurnsEachInOneSession} turns per client when all share one session; {sizes.WarmUpTurns} turns of warm-up; "
            + $"{sizes.LoadSeconds} s per run under load; every client waits for its answer before it asks again");
    }

    public static async Task AfterAsync(LoadReport report, LoadOptions options, int modelPort, TimeSpan took, CancellationToken cancellationToken)
    {
        using var connection = await WireConnection.OpenAsync(modelPort, cancellationToken);
        var (_, body) = await connection.AskAsync(new WireRequest(null).Get("/counts"), cancellationToken);
        using var counts = JsonDocument.Parse(body);
        report.State(
            $"the model gave {counts.RootElement.GetProperty("answers").GetInt64():#,0} answers"
            + (options.Telemetry ? $" and took {counts.RootElement.GetProperty("exports").GetInt64():#,0} telemetry exports" : "")
            + $"; the run took {took.TotalSeconds:0} s, load generator {ProcessFigures.CpuMilliseconds(Environment.ProcessId) / 1000:0.0} s of CPU; load average after it {Machine.LoadAverage()}");
    }

    // "/dev/vda / ext4 rw,…": the longest mount point that holds the path.
    private static string FileSystemOf(string path) => Machine.Lines("/proc/mounts")
        .Select(static line => line.Split(' '))
        .Where(mount => mount.Length > 2 && (mount[1] == "/" || path == mount[1] || path.StartsWith(mount[1] + "/", StringComparison.Ordinal)))
        .MaxBy(static mount => mount[1].Length)?[2] ?? "an unknown file system";

    private static string RuntimeConfiguration(IReadOnlyList<string> gateway)
    {
        var file = Path.ChangeExtension(gateway[0], null) + ".runtimeconfig.json";
        if (gateway.Count > 1 || !File.Exists(file))
        {
            return Path.GetFileName(gateway[0]);
        }

        using var json = JsonDocument.Parse(File.ReadAllText(file));
        var properties = json.RootElement.GetProperty("runtimeOptions").TryGetProperty("configProperties", out var found)
            ? string.Join(", ", found.EnumerateObject().Where(static p => p.Name.StartsWith("System.GC.", StringComparison.Ordinal) || p.Name.Contains("Tiered"))
                .Select(static p => $"{p.Name}={p.Value}"))
            : "";
        return $"published {Path.GetFileName(gateway[0])} ({(properties.Length == 0 ? "default collector settings" : properties)})";
    }
}

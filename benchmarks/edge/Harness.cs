using System.Diagnostics;
using System.Net.Sockets;
using Xopc.EdgeLoad.Hosts;
using Xopc.EdgeLoad.Scenarios;
using Xopc.Load.Measuring;
using Xopc.Load.Processes;
using Xopc.Load.Report;

namespace Xopc.EdgeLoad;

/// <summary>One run: starts the hosts, measures them in turn, prints the table, ends what it started.</summary>
internal static class Harness
{
    public static async Task<int> MainAsync(string[] args)
    {
        RunOptions options;
        try
        {
            options = RunOptions.Parse(args);
        }
        catch (ArgumentException ex)
        {
            Console.Error.WriteLine(ex.Message);
            Console.Error.WriteLine(RunOptions.Usage);
            return 2;
        }

        var report = new LoadReport();
        var directory = Directory.CreateTempSubdirectory("xopc-edge-load-").FullName;
        try
        {
            await RunAsync(options, report, directory, CancellationToken.None);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        report.Print(Console.Out);
        if (options.Json is { } file)
        {
            await report.SaveAsync(file, CancellationToken.None);
        }

        return report.Failures.Count == 0 ? 0 : 1;
    }

    private static async Task RunAsync(RunOptions options, LoadReport report, string directory, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        report.State($"machine: {Machine.Describe()}; load average before the run {Machine.LoadAverage()}");
        report.State("load generator, hosts and telemetry sink share these CPUs; each is a process of its own, framework-dependent, Release with ReadyToRun, with the product's settings of collector and compilation");
        report.State($"every request carries a bearer token; origin check, scopes, failed-auth and request limiter (too high to refuse), log files{(options.Telemetry ? $", metrics and {(options.TraceAll ? "every request's trace" : "at most a hundred requests' traces a second, so next to none at these rates,")} over OTLP/HTTP" : "")} are on in every edge and in the signed service, and nothing of it in the others");
        report.State($"{options.Rounds} batches of {options.BatchSize} requests per target with one client, {options.LoadRounds} times {options.LoadTime.TotalSeconds:0} s with 32, all targets in turn; {options.WarmUp.TotalSeconds:0} s of warm-up each; added = difference within a round, then the median");
        var self = Self();
        var port = ChildProcess.FreePort();
        await using var sink = await ChildProcess.StartAsync([.. self, "sink", $"{port}"], port, "/health", ChildProcess.CleanEnvironment(), cancellationToken);
        var installation = new Installation(self, directory, options.Telemetry ? port : null, options.TraceAll);
        await using var redis = await RedisProcess.StartAsync(directory, cancellationToken);
        if (redis is null)
        {
            report.State("no redis-server on this machine: shared limits were not measured");
        }

        await using (var bench = await Bench.StartAsync(options, report, installation, self, redis, cancellationToken))
        {
            if (options.Wants("time") || options.Wants("load"))
            {
                await StepAsync(report, "warm-up", () => ThroughputScenario.WarmUpAsync(bench, cancellationToken));
            }

            foreach (var (name, run) in ((string, Func<Bench, CancellationToken, Task>)[])
                [("time", AddedTimeScenario.RunAsync), ("load", ThroughputScenario.RunAsync), ("keys", KeysScenario.RunAsync), ("flood", FloodScenario.RunAsync)])
            {
                if (options.Wants(name))
                {
                    await StepAsync(report, name, () => run(bench, cancellationToken));
                }
            }
        }

        report.State(
            $"the run took {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s, load generator {ProcessFigures.CpuMilliseconds(Environment.ProcessId) / 1000:0.0} s of CPU; load average after it {Machine.LoadAverage()}");
    }

    private static async Task StepAsync(LoadReport report, string name, Func<Task> step)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            await step();
        }
        catch (Exception ex) when (ex is InvalidDataException or SocketException or TimeoutException or InvalidOperationException)
        {
            report.Fail($"{name}: {ex.Message.Split('\n')[0]}");
            Console.Error.WriteLine(ex);
        }

        Console.Error.WriteLine($"{name}: {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
    }

    private static string[] Self()
    {
        var executable = Path.Combine(AppContext.BaseDirectory, "xopc-edge-load");
        return File.Exists(executable) ? [executable] : [Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, "xopc-edge-load.dll")];
    }
}

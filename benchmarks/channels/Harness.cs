using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Xopc.ChannelLoad.Hosts;
using Xopc.ChannelLoad.Scenarios;
using Xopc.Load.Measuring;
using Xopc.Load.Processes;
using Xopc.Load.Report;

namespace Xopc.ChannelLoad;

/// <summary>One run: starts what is needed, measures, prints the table, ends what it started.</summary>
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
        var directory = Directory.CreateTempSubdirectory("xopc-channel-load-").FullName;
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

        // A slow gateway is a finding; a wrong answer is a failure.
        return report.Failures.Count == 0 ? 0 : 1;
    }

    private static async Task RunAsync(RunOptions options, LoadReport report, string directory, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        report.State($"machine: {Machine.Describe()}; load average before the run {Machine.LoadAverage()}");
        report.State("load generator with the Bot API server, fake model and gateway share these CPUs; three processes, connected over loopback");
        report.State($"gateway: published xopc, one process, a new one with an empty state directory for each case{(options.Telemetry ? ", traces, metrics and logs exported over OTLP/HTTP to the harness" : "")}; databases WAL, synchronous=FULL; streamMode off, dmPolicy open, a session per person; every other setting its default");
        report.State("the Bot API server enforces what Telegram documents: 30 messages a second of a bot, one a second to a chat");
        var port = ChildProcess.FreePort();
        var environment = ChildProcess.CleanEnvironment();
        environment["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1"; // its handlers never block: no hop to another thread
        await using (var model = await ChildProcess.StartAsync([.. Self(), "fake-model", $"{port}"], port, "/counts", environment, cancellationToken))
        {
            var bench = new Bench(options, report, new GatewayLaunch(options.Gateway, directory, port, options.Telemetry), directory);
            foreach (var (name, run) in ((string, Func<Bench, CancellationToken, Task>)[])
                [("isolation", IsolationScenario.RunAsync), ("dispatch", DispatchScenario.RunAsync), ("accept", AcceptScenario.RunAsync), ("drain", DrainScenario.RunAsync)])
            {
                if (options.Wants(name))
                {
                    await StepAsync(report, name, () => run(bench, cancellationToken));
                }
            }
        }

        report.State(
            $"the run took {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s, load generator with the Bot API server {ProcessFigures.CpuMilliseconds(Environment.ProcessId) / 1000:0.0} s of CPU; load average after it {Machine.LoadAverage()}");
    }

    private static async Task StepAsync(LoadReport report, string name, Func<Task> step)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            await step();
        }
        catch (Exception ex) when (ex is InvalidDataException or SocketException or TimeoutException or InvalidOperationException or JsonException or SqliteException or IOException)
        {
            // The other figures are still worth having; the run as a whole has failed.
            report.Fail($"{name}: {ex.Message.Split('\n')[0]}");
            Console.Error.WriteLine(ex);
        }

        Console.Error.WriteLine($"{name}: {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
    }

    private static string[] Self()
    {
        var executable = Path.Combine(AppContext.BaseDirectory, "xopc-channel-load");
        return File.Exists(executable) ? [executable] : [Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, "xopc-channel-load.dll")];
    }
}

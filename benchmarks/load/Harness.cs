using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Xopc.Load.Processes;
using Xopc.Load.Report;
using Xopc.Load.Scenarios;
using Xopc.Load.SelfTest;

namespace Xopc.Load;

/// <summary>One run: starts the fake model, takes the scenarios in order, prints the table, ends what it started.</summary>
internal static class Harness
{
    /// <summary>No scenario may take longer, whatever hangs.</summary>
    private static readonly TimeSpan ScenarioLimit = TimeSpan.FromMinutes(2);

    public static async Task<int> MainAsync(string[] args)
    {
        LoadOptions options;
        try
        {
            options = LoadOptions.Parse(args);
        }
        catch (ArgumentException ex)
        {
            Console.Error.WriteLine(ex.Message);
            Console.Error.WriteLine(LoadOptions.Usage);
            return 2;
        }

        if (options.SelfTest)
        {
            return await SelfTestRun.RunAsync(Console.Out, CancellationToken.None);
        }

        if (options.Gateway.Count == 0)
        {
            Console.Error.WriteLine("--gateway FILE is missing: the published xopc.");
            return 2;
        }

        var report = await RunAsync(options, options.Quick ? Sizes.Quick : Sizes.Full, Console.Error, CancellationToken.None);
        report.Print(Console.Out);
        if (options.Json is { } file)
        {
            await report.SaveAsync(file, CancellationToken.None);
        }

        // A slow gateway is a finding; a wrong answer is a failure.
        return report.Failures.Count == 0 ? 0 : 1;
    }

    public static async Task<LoadReport> RunAsync(LoadOptions options, Sizes sizes, TextWriter progress, CancellationToken cancellationToken)
    {
        var report = new LoadReport();
        var directory = Directory.CreateDirectory(Path.Combine(options.StateRoot, $"xopc-load-{Environment.ProcessId}-{Guid.NewGuid():N}")).FullName;
        var self = Self();
        try
        {
            var port = ChildProcess.FreePort();
            var environment = ChildProcess.CleanEnvironment();
            environment["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1"; // its handlers never block: no hop to another thread
            await using var model = await ChildProcess.StartAsync([.. self, "fake-model", $"{port}"], port, "/counts", environment, cancellationToken);
            var launch = new GatewayLaunch(options.Gateway, directory, model.Port, options.Telemetry);
            var began = Stopwatch.GetTimestamp();
            await using (var bench = new Bench(options, sizes, report, model, launch, self, directory))
            {
                Conditions.Before(bench);
                await ScenariosAsync(bench, progress, cancellationToken);
            }

            await Conditions.AfterAsync(report, options, model.Port, Stopwatch.GetElapsedTime(began), cancellationToken);
        }
        finally
        {
            if (!options.Keep)
            {
                Directory.Delete(directory, recursive: true);
            }
        }

        return report;
    }

    private static async Task ScenariosAsync(Bench bench, TextWriter progress, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        foreach (var (name, runAsync) in AllScenarios.InOrder.Where(scenario => bench.Options.Only.Count == 0 || bench.Options.Only.Contains(scenario.Name)))
        {
            var left = bench.Sizes.RunLimit - Stopwatch.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                bench.Report.Fail($"{name}: not begun, the run had used up its {bench.Sizes.RunLimit.TotalSeconds} s");
                continue;
            }

            var began = Stopwatch.GetTimestamp();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(left < ScenarioLimit ? left : ScenarioLimit);
            try
            {
                await runAsync(bench, limit.Token);
            }
            catch (Exception ex) when (!cancellationToken.IsCancellationRequested
                && ex is InvalidDataException or SocketException or OperationCanceledException or TimeoutException or InvalidOperationException or JsonException or KeyNotFoundException)
            {
                // The other figures are still worth having; the run as a whole has failed.
                bench.Report.Fail($"{name}: {ex.Message.Split('\n')[0]}");
                progress.WriteLine(ex);
                progress.WriteLine($"The gateway under load said last:\n{bench.GatewaySaid}");
            }

            progress.WriteLine($"{name}: {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        }
    }

    /// <summary>How this program starts itself again: as its own executable, or through the runtime that runs it.</summary>
    internal static string[] Self()
    {
        var executable = Path.Combine(AppContext.BaseDirectory, "xopc-load" + (RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? ".exe" : ""));
        return File.Exists(executable) ? [executable] : [Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, "xopc-load.dll")];
    }
}

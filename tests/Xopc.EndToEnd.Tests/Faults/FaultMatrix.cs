using System.Collections.Concurrent;

namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>
/// Runs a part of the matrix: several worlds side by side, each with many deaths one after the other over the same state. <c>XOPC_TEST_POINT</c>, the beginning of
/// a name, keeps those that are for such a point; with it the whole matrix is drawn from.
/// </summary>
internal sealed class FaultMatrix(FaultSetting setting, int sample, int full, int sideBySide)
{
    public const string NotBuilt = "This build has no fault points: use ./test, or build with -p:XopcFaultPoints=true.";

    // Of the matrix in docs/guarantees.md.
    private const int FullSeed = 20261201;
    private const int DeathsOfAWorld = 25;

    private static int _worlds;

    private readonly ConcurrentQueue<string> _failures = new();

    public static bool IsBuilt =>
#if XOPC_FAULT_POINTS
        true;
#else
        false;
#endif

    public static bool IsFull => Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1";

    /// <summary>Of the repository.</summary>
    public static string Root { get; } = FindRoot(new DirectoryInfo(AppContext.BaseDirectory));

    public async Task RunAsync()
    {
        Assert.SkipUnless(IsBuilt, NotBuilt);
        var seed = int.TryParse(Environment.GetEnvironmentVariable("XOPC_TEST_SEED"), out var given) ? given : IsFull ? FullSeed : Environment.TickCount;
        var only = Environment.GetEnvironmentVariable("XOPC_TEST_POINT") ?? "";
        var results = new FaultResults(seed);
        var open = new ConcurrentQueue<FaultRun>(FaultPlan.Of(setting, IsFull ? full : only.Length > 0 ? FaultCases.All.Count : sample, seed)
            .Where(run => run.Subject.StartsWith(only, StringComparison.Ordinal) && !results.Has(run)));
        await Task.WhenAll(Enumerable.Range(0, sideBySide).Select(_ => WorkAsync(open, results)));
        results.Report();
        Assert.True(_failures.IsEmpty, $"Seed {seed}: {_failures.Count} runs failed.\n{string.Join("\n\n", _failures.Take(20))}");
    }

    private async Task WorkAsync(ConcurrentQueue<FaultRun> open, FaultResults results)
    {
        while (!open.IsEmpty)
        {
            await using var world = await CreateAsync($"w{Interlocked.Increment(ref _worlds)}");
            for (var round = 0; round < DeathsOfAWorld && open.TryDequeue(out var run); round++)
            {
                if (!await TryAsync(world, run, round, results))
                {
                    break; // what comes after it in this world proves nothing
                }
            }
        }
    }

    private async Task<bool> TryAsync(FaultWorld world, FaultRun run, int round, FaultResults results)
    {
        var started = Environment.TickCount64;
        try
        {
            results.Add(run, await FaultRound.RunAsync(world, run, round), Environment.TickCount64 - started);
            return true;
        }
        catch (Exception ex) when (!Wait.Cancelled.IsCancellationRequested)
        {
            _failures.Enqueue($"{run}, {round} in its world: {ex}");
            return false;
        }
    }

    private async Task<FaultWorld> CreateAsync(string name) => setting switch
    {
        FaultSetting.Host => await HostWorld.CreateAsync(name),
        FaultSetting.Process => await ProcessWorld.CreateAsync(name, Shape.OneProcess),
        _ => await ProcessWorld.CreateAsync(name, Shape.Bundle),
    };

    private static string FindRoot(DirectoryInfo? directory) =>
        directory is null ? throw new InvalidOperationException("The tests run outside of the repository.")
        : File.Exists(Path.Combine(directory.FullName, "Xopc.sln")) ? directory.FullName : FindRoot(directory.Parent);
}

using System.Text;
using System.Text.Json;

namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>
/// The runs of this commit that held, a line each, in <c>artifacts/test-report</c>: what was run is not run again. Only of the whole matrix; a sample leaves nothing.
/// </summary>
internal sealed class FaultResults
{
    private static readonly Lock Gate = new();

    private readonly int _seed;
    private readonly string? _file;
    private readonly HashSet<(FaultSetting, int)> _known = [];

    public FaultResults(int seed)
    {
        _seed = seed;
        // The commit, with a mark of what is not committed: from ./test.
        if (FaultMatrix.IsFull && Environment.GetEnvironmentVariable("XOPC_TEST_COMMIT") is { Length: > 0 } commit)
        {
            _file = Path.Combine(Directory.CreateDirectory(Path.Combine(FaultMatrix.Root, "artifacts", "test-report")).FullName, $"{commit}.faults");
            _known = [.. Read().Where(result => result.Seed == seed).Select(result => (result.Run.Setting, result.Run.Number))];
        }
    }

    public bool Has(FaultRun run) => _known.Contains((run.Setting, run.Number));

    public void Add(FaultRun run, FaultTally tally, long milliseconds)
    {
        if (_file is not null)
        {
            lock (Gate)
            {
                File.AppendAllText(_file, JsonSerializer.Serialize(new FaultResult(_seed, run, tally, milliseconds)) + "\n");
            }
        }
    }

    /// <summary>Writes the table of docs/guarantees.md beside the results.</summary>
    public void Report()
    {
        if (_file is null)
        {
            return;
        }

        var all = Read().Where(result => result.Seed == _seed).ToList();
        var text = new StringBuilder("| Point | What has happened there | In one host | Real: one process | Real: bundle | Asked | Answered | Interrupted | Sent | of these marked | Held | Refused | Expired |\n");
        text.Append("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
        foreach (var point in FaultCases.All)
        {
            var of = all.Where(result => result.Run.Subject == point.Name).ToList();
            text.Append($"| `{point.Name}` | {point.Meaning} |").Append(Row(of)).Append('\n');
        }

        text.Append("| all | |").Append(Row(all)).Append('\n');
        lock (Gate)
        {
            File.WriteAllText(_file + ".md", text.ToString());
        }
    }

    private static string Row(List<FaultResult> of)
    {
        var tally = of.Aggregate(FaultTally.Nothing, (sum, result) => sum + result.Tally);
        int Count(FaultSetting setting) => of.Count(result => result.Run.Setting == setting);
        return $" {Count(FaultSetting.Host)} | {Count(FaultSetting.Process)} | {Count(FaultSetting.Bundle)} | {tally.Updates} | {tally.Answered} | {tally.Interrupted} | {tally.Sent} | {tally.Marked} | {tally.Held} | {tally.Failed} | {tally.Expired} |";
    }

    private List<FaultResult> Read()
    {
        lock (Gate)
        {
            return File.Exists(_file) ? [.. File.ReadLines(_file!).Where(line => line.EndsWith('}')).Select(line => JsonSerializer.Deserialize<FaultResult>(line)!)] : [];
        }
    }
}

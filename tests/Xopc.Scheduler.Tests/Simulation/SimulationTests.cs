using Xopc.Scheduler.Occurrences;
using Xopc.Scheduler.Tests.Occurrences;
using Xopc.Testing.Fuzzing;

namespace Xopc.Scheduler.Tests.Simulation;

/// <summary><c>XOPC_TEST_FULL=1</c> lives a year instead of some weeks; <c>XOPC_TEST_SEED</c> lives the one of a run that failed.</summary>
public sealed class SimulationTests
{
    private static readonly TimeSpan Time = TimeSpan.FromDays(Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1" ? 365 : 8);

    private static readonly string[] Policies = ["skip", "latest", "all"];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Every_due_instant_has_exactly_one_row_that_says_what_became_of_it(int offset)
    {
        var seed = Fuzz.Seed + offset;
        await using var year = new SimulatedYear(seed);
        try
        {
            await year.LiveAsync(Time);
            var rows = await year.Rig.RowsAsync();
            foreach (var job in rows.GroupBy(row => row.JobId))
            {
                AssertOneEach(year.Due(job.Key), [.. job]);
            }

            Assert.All(rows, row => Assert.Contains(row.Outcome, OccurrenceOutcomes.All));
            Assert.All(rows.Where(row => row.Outcome is "missed" or "skipped"), row => Assert.NotEmpty(row.Reason!));
            await AssertPoliciesAsync(year);
            Assert.True(year.Deaths > 0 && year.Jumps > 0, "Nothing happened.");
            TestContext.Current.SendDiagnosticMessage(
                "seed {0}: {1} rows, {2} instants, {3} deaths, {4} jumps; {5}", seed, rows.Count, rows.Sum(row => row.Moments), year.Deaths, year.Jumps,
                string.Join(", ", rows.GroupBy(row => row.Outcome).Select(group => $"{group.Key} {group.Count()}")));
        }
        catch (Exception ex)
        {
            throw new InvalidOperationException($"It failed with XOPC_TEST_SEED={seed}.", ex);
        }
    }

    // One row an instant; where one stands for several, it stands for those between its two ends and counts them.
    private static void AssertOneEach(List<long> due, List<Occurrence> rows)
    {
        var at = 0;
        foreach (var row in rows.OrderBy(row => row.DueMs))
        {
            Assert.True(at < due.Count, $"{row.Id} is a row of no instant.");
            Assert.Equal(due[at], row.DueMs);
            Assert.Equal(due[at + (int)row.Moments - 1], row.LastDueMs);
            at += (int)row.Moments;
        }

        Assert.Equal(due.Count, at);
    }

    private static async Task AssertPoliciesAsync(SimulatedYear year)
    {
        const string Late = "SELECT COUNT(*) FROM occurrences WHERE job_id = @job AND outcome NOT IN ('missed', 'skipped') AND created_ms - due_ms > 5000 GROUP BY created_ms";
        var late = await year.Rig.Database.ReadAsync(
            static reader => Policies.ToDictionary(job => job, job => reader.Query(Late, static row => row.GetInt64(0), ("job", job))), CronRig.Cancelled);
        Assert.Empty(late["skip"]);
        Assert.All(late["latest"], static runs => Assert.Equal(1, runs));
        Assert.All(late["all"], static runs => Assert.InRange(runs, 1, 5));
        Assert.NotEmpty(late["latest"]);
    }
}

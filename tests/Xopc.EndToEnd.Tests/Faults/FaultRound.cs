namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>One run of the matrix in a world: arm, traffic, death, perhaps a second one, start, drain, audit.</summary>
internal static class FaultRound
{
    public static async Task<FaultTally> RunAsync(FaultWorld world, FaultRun run, int round)
    {
        var random = new Random(run.Seed);
        var people = new FaultPeople(world, round, random);
        var first = FaultCases.Of(run.Point);
        if (first.Traffic.HasFlag(Traffic.Stranger))
        {
            await FaultFiles.ChangeAsync(world.State, "channels", "DELETE FROM pairing"); // else the fourth is told nothing
        }

        world.Arm(run.Point, run.Nth);
        people.Begin(TrafficOf(run, first));
        await DiesAsync(world, run.Point, people);
        var deaths = 1;
        if (run.Then is { } then)
        {
            var second = FaultCases.Of(then);
            if (second.Moment == FaultMoment.Outage)
            {
                await FaultFiles.ChangeAsync(world.State, "channels", "UPDATE deliveries SET not_after_ms = 1 WHERE ended_ms IS NULL");
            }

            world.Arm(then, run.ThenNth);
            await world.StartAsync(dies: true);
            await DiesAsync(world, then, people);
            deaths++;
        }

        people.WriteMeanwhile();
        await world.StartAsync();
        await people.AnsweredAsync();
        await FaultAudit.DrainAsync(world);
        return await FaultAudit.CheckAsync(world, people) with { Deaths = deaths };
    }

    // What the second death needs decides also: who else spoke might be the one it meets first.
    private static Traffic TrafficOf(FaultRun run, FaultCase first) => run.Then is { } then && FaultCases.Of(then) is { Moment: not (FaultMoment.Traffic or FaultMoment.Start) } second
        ? second.Traffic
        : first.Traffic;

    private static async Task DiesAsync(FaultWorld world, string point, FaultPeople people)
    {
        var dies = world.DiesAsync();
        if (await Task.WhenAny(dies, people.FailAsync()) == dies)
        {
            Assert.True(await dies, $"{point} was not reached.\n{world.Describe()}");
        }
        else
        {
            await people.AnsweredAsync(); // throws
        }
    }
}

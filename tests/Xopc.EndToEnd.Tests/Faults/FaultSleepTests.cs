namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>
/// A host that is not dead but sleeps (a suspended machine, a stopped process), whose leases have run out and whose work a successor has done meanwhile, wakes and
/// goes on with what it believed: the fences let nothing of it in, and the two of them serve what comes next.
/// </summary>
public sealed class FaultSleepTests
{
    // Between two steps of a piece of work; not within a write, where whoever sleeps holds the file.
    private static readonly string[] Points =
    [
        "poll.received", "intake.claimed", "media.fetching", "media.kept", "dispatch.committed", "relay.published", "stream.committed", "turn.claimed", "run.started",
        "model.asking", "model.answered", "tool.marking", "run.completing", "run.completed", "delivery.claimed", "delivery.beginning", "delivery.sending", "delivery.answered",
        "delivery.recorded", "delivery.ended",
    ];

    private const int Sample = 4;

    [Fact]
    public async Task Whoever_wakes_after_a_takeover_adds_nothing_that_is_not_marked()
    {
        Assert.SkipUnless(FaultMatrix.IsBuilt, FaultMatrix.NotBuilt);
        var seed = int.TryParse(Environment.GetEnvironmentVariable("XOPC_TEST_SEED"), out var given) ? given : Environment.TickCount;
        var random = new Random(seed);
        var points = Points.ToArray();
        random.Shuffle(points);
        foreach (var point in FaultMatrix.IsFull ? points : points[..Sample])
        {
            try
            {
                await SleepAndWakeAsync(point, random);
            }
            catch (Exception ex) when (!Wait.Cancelled.IsCancellationRequested)
            {
                throw new InvalidOperationException($"Asleep at {point}, seed {seed}: {ex.Message}", ex);
            }
        }
    }

    private static async Task SleepAndWakeAsync(string point, Random random)
    {
        await using var world = await HostWorld.CreateAsync("s");
        var people = new FaultPeople(world, 0, random);
        Assert.True(await world.SleepsAsync(point, () => people.Begin(FaultCases.Of(point).Traffic)), $"{point} was not reached.");

        await world.StartAsync();
        people.WriteMeanwhile();
        await FaultAudit.DrainAsync(world);
        await FaultAudit.CheckAsync(world, people);
        world.Wake();
        people.Begin(Traffic.Texts | Traffic.Joined | Traffic.Photo);
        await people.AnsweredAsync();
        await FaultAudit.DrainAsync(world);

        await FaultAudit.CheckAsync(world, people);
    }
}

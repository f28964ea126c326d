namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>Which runs there are: every point in turn, the rest by chance, the same for the same seed.</summary>
internal static class FaultPlan
{
    // Points after which a process leaves leases and half-done work of every kind.
    private static readonly string[] Before = ["intake.committed", "dispatch.committed", "delivery.sending", "delivery.recorded"];

    public static IReadOnlyList<FaultRun> Of(FaultSetting setting, int count, int seed)
    {
        var random = new Random(seed);
        var cases = FaultCases.All.Where(point => setting == FaultSetting.Bundle || !point.OnlyBundle).ToArray();
        var runs = new List<FaultRun>(count);
        for (var i = 0; i < count; i++)
        {
            if (i % cases.Length == 0)
            {
                random.Shuffle(cases);
            }

            runs.Add(Run(i, setting, cases[i % cases.Length], random));
        }

        return runs;
    }

    private static FaultRun Run(int number, FaultSetting setting, FaultCase point, Random random)
    {
        var seed = random.Next();
        var nth = 1 + random.Next(point.Times);
        switch (point.Moment)
        {
            case FaultMoment.Start:
                return new FaultRun(number, setting, point.Name, Before[random.Next(Before.Length)], 1, point.Name, nth, seed);
            case FaultMoment.Unknown or FaultMoment.Held:
                return new FaultRun(number, setting, point.Name, random.Next(2) == 0 ? "delivery.sending" : "delivery.answered", 1, point.Name, nth, seed);
            case FaultMoment.Outage:
                return new FaultRun(number, setting, point.Name, "delivery.claimed", 1, point.Name, nth, seed);
            default:
                // One in five: the successor dies too, while it is starting.
                var then = setting == FaultSetting.Bundle || random.Next(5) > 0 ? null : new[] { "relay.owned", "account.owned", "retention.removed", "account.introduced" }[random.Next(4)];
                return new FaultRun(number, setting, point.Name, point.Name, nth, then, 1, seed);
        }
    }
}

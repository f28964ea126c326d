namespace Xopc.EndToEnd.Tests.Faults;

public sealed class FaultMatrixTests
{
    [Fact]
    public async Task Probe()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("XOPC_TEST_PROBE") is { Length: > 0 }, "");
        var probe = Environment.GetEnvironmentVariable("XOPC_TEST_PROBE")!.Split(',');
        var setting = Enum.Parse<FaultSetting>(probe[0]);
        await using FaultWorld world = setting == FaultSetting.Host ? await HostWorld.CreateAsync("h0") : await ProcessWorld.CreateAsync("p0", setting == FaultSetting.Process ? Shape.OneProcess : Shape.Bundle);
        var round = 0;
        foreach (var run in FaultPlan.Of(setting, int.Parse(probe[1]), 1).Where(run => probe.Length < 3 || run.Point.StartsWith(probe[2], StringComparison.Ordinal) || run.Then?.StartsWith(probe[2], StringComparison.Ordinal) == true))
        {
            var started = Environment.TickCount64;
            try
            {
                var tally = await FaultRound.RunAsync(world, run, round++);
                Console.Error.WriteLine($"{run}: {Environment.TickCount64 - started} ms {tally}");
            }
            catch (Exception ex) when (ex is not OperationCanceledException)
            {
                throw new InvalidOperationException($"{run}: {ex.Message}", ex);
            }
        }
    }
}

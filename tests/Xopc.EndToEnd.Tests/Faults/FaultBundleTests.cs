namespace Xopc.EndToEnd.Tests.Faults;

public sealed class FaultBundleTests
{
    /// <summary>The same where one of four processes dies, which meet on Redis.</summary>
    [Fact]
    public Task Wherever_a_process_of_a_bundle_is_killed_its_successor_makes_it_good() => new FaultMatrix(FaultSetting.Bundle, sample: 2, full: 110, sideBySide: FaultMatrix.IsFull ? 2 : 1).RunAsync();
}

namespace Xopc.EndToEnd.Tests.Faults;

public sealed class FaultProcessTests
{
    /// <summary>The same with a process of its own and SIGKILL.</summary>
    [Fact]
    public Task Wherever_a_process_is_killed_its_successor_makes_it_good() => new FaultMatrix(FaultSetting.Process, sample: 4, full: 450, sideBySide: FaultMatrix.IsFull ? 3 : 1).RunAsync();
}

namespace Xopc.EndToEnd.Tests.Faults;

public sealed class FaultHostTests
{
    /// <summary>Every message has one outcome, none is lost, none is said twice without a mark, the order of each conversation is kept.</summary>
    [Fact]
    public Task Wherever_a_host_dies_its_successor_makes_it_good() => new FaultMatrix(FaultSetting.Host, sample: 16, full: 1500, sideBySide: FaultMatrix.IsFull ? 4 : 2).RunAsync();
}

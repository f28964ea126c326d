using Xopc.Contracts.Runs;

namespace Xopc.Contracts.Tests.Runs;

public sealed class RunUpdateIdTests
{
    [Fact]
    public void Ids_are_ordered_by_attempt_and_then_by_sequence_as_numbers()
    {
        RunUpdateId[] ordered = [new(1, 2), new(1, 10), new(2, 1), new(10, 1)];

        Assert.Equal(ordered, ordered.Reverse().Order());
        Assert.True(new RunUpdateId(1, 10) > new RunUpdateId(1, 2));
        Assert.True(new RunUpdateId(1, 2) <= new RunUpdateId(1, 2));
    }

    [Fact]
    public void An_id_reads_back()
    {
        var id = new RunUpdateId(3, 4711);

        Assert.Equal("3.4711", id.ToString());
        Assert.Equal(id, RunUpdateId.Parse(id.ToString(), null));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("1.")]
    [InlineData(".1")]
    [InlineData("1")]
    [InlineData("-1.1")]
    [InlineData("1.-1")]
    [InlineData("1.1.1")]
    [InlineData(" 1.1")]
    [InlineData("1.99999999999")]
    [InlineData("a.b")]
    public void Anything_else_is_refused(string? text)
    {
        Assert.False(RunUpdateId.TryParse(text, null, out _));
        Assert.Throws<FormatException>(() => RunUpdateId.Parse(text!, null));
    }
}

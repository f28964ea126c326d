using Xopc.Channels.Previews;

namespace Xopc.Channels.Tests.Previews;

public sealed class FinishedBlocksTests
{
    [Theory]
    [InlineData("a line\nand another\n", "")]
    [InlineData("one\n\ntw", "one\n\n")]
    [InlineData("one\n\n```cs\nvar x;\n\nvar y;\n", "one\n\n")]
    [InlineData("one\n\n```cs\nvar x;\n\nvar y;\n```\nthen", "one\n\n```cs\nvar x;\n\nvar y;\n```\n")]
    [InlineData("````\n```\n\n````\nx", "````\n```\n\n````\n")]
    [InlineData("```not a fence``` of code\n\nx", "```not a fence``` of code\n\n")]
    [InlineData("", "")]
    public void A_block_counts_when_an_empty_line_or_its_own_end_follows_it(string markdown, string finished) => Assert.Equal(finished, FinishedBlocks.Of(markdown));
}

using Xopc.Agents.Sessions;

namespace Xopc.Agents.Tests.Sessions;

public sealed class SessionTitleTests
{
    [Theory]
    [InlineData("Plan a trip", "Plan a trip")]
    [InlineData("  \n  First line\nsecond", "First line")]
    [InlineData("\"Quoted\"", "Quoted")]
    [InlineData("   ", null)]
    [InlineData("\"\"", null)]
    public void The_first_line_names_a_session(string text, string? title) => Assert.Equal(title, SessionTitle.FromText(text));

    [Fact]
    public void A_long_line_is_cut_between_characters()
    {
        var family = "👨‍👩‍👧‍👦";

        var title = SessionTitle.FromText(string.Concat(Enumerable.Repeat(family, 40)))!;

        Assert.True(title.Length <= 80);
        Assert.EndsWith("…", title, StringComparison.Ordinal);
        Assert.Equal(0, (title.Length - 1) % family.Length);
    }
}

using Xopc.Agents.Tools;

namespace Xopc.Agents.Tests.Tools;

public sealed class GlobTests
{
    [Theory]
    [InlineData("*.cs", "src/deep/Glob.cs", true)]
    [InlineData("*.cs", "src/Glob.css", false)]
    [InlineData("./*.cs", "a/b.cs", true)]
    [InlineData("src/*.cs", "src/deep/Glob.cs", false)]
    [InlineData("src/**/*.cs", "src/Glob.cs", true)]
    [InlineData("src/**/*.cs", "src/a/b/Glob.cs", true)]
    [InlineData("**/b/**", "a/b/c/d", true)]
    [InlineData("**/b", "ab", false)]
    [InlineData("**/b", "a//b", false)]
    [InlineData("src/**", "src/", true)]
    [InlineData("?.txt", "a.txt", true)]
    [InlineData("?.txt", ".txt", false)]
    [InlineData("*.{cs,md}", "a.md", true)]
    [InlineData("*.{cs,md}", "a.m", false)]
    [InlineData("{a,{b,c}d,}x", "cdx", true)]
    [InlineData("{a,{b,c}d,}x", "x", true)]
    [InlineData("{a,{b,c}d,}x", "cx", false)]
    [InlineData("{**/,}a", "a", true)]
    [InlineData("{*,**}{,*}", "anything", true)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[!a-c]x", "bx", false)]
    [InlineData("[^a-c]x", "dx", true)]
    [InlineData("[-a]", "-", true)]
    [InlineData("[a-]", "-", true)]
    [InlineData("[!]", "!", true)]
    [InlineData("[x", "[x", true)]
    [InlineData("[]]", "]", true)]
    [InlineData("a}b,c", "a}b,c", true)]
    [InlineData("a.b", "axb", false)]
    [InlineData("a+(b)$", "a+(b)$", true)]
    [InlineData("A", "a", false)]
    public void A_pattern_means_what_it_looks_like(string pattern, string path, bool matches) => Assert.Equal(matches, new Glob(pattern).IsMatch(path));

    [Theory]
    [InlineData("")]
    [InlineData("{a,b")]
    [InlineData("{a,{b}")]
    [InlineData("[z-a]")]
    public void What_is_not_well_formed_is_refused(string pattern) => Assert.Throws<ToolException>(() => new Glob(pattern));

    [Fact]
    public void A_pattern_of_any_shape_costs_memory_as_it_is_long()
    {
        // Every character is one of its own, half of the places branch, and the path keeps them all in play: what an automaton would have to spell out.
        var pattern = string.Concat(Enumerable.Range(0, 48).Select(i => $"*?{(char)(0x100 + i)}"));
        var path = string.Concat(Enumerable.Range(0, 4_000).Select(i => (char)(0x100 + (i * 7 % 48))));
        new Glob(pattern).IsMatch("warm");

        var before = GC.GetAllocatedBytesForCurrentThread();
        new Glob(pattern).IsMatch(path);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(allocated < 64 * 1024, $"{allocated} bytes were allocated for a pattern of {pattern.Length} characters.");
    }
}

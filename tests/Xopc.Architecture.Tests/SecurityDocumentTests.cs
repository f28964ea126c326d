using System.Text.RegularExpressions;

namespace Xopc.Architecture.Tests;

/// <summary>docs/security.md says which test holds which class of attack: those tests exist, and no class is left out.</summary>
public sealed partial class SecurityDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "security.md"));

    [Fact]
    public void Every_class_has_a_row() =>
        Assert.Equal(Enumerable.Range(1, 22).Select(number => $"V{number}"), Row().Matches(Document).Select(match => match.Groups[1].Value));

    [Fact]
    public void Every_test_that_is_named_exists()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories).ToLookup(path => Path.GetFileNameWithoutExtension(path), File.ReadAllText);
        var named = Named().Matches(Document).Select(match => (Class: match.Groups[1].Value, Method: match.Groups[2].Value)).Distinct().ToList();

        Assert.True(named.Count > 40, "The tests are not found in the document.");
        Assert.DoesNotContain(named, test => !sources[test.Class].Any(source => test.Method.Length == 0 || source.Contains($" {test.Method}(", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_row_without_a_test_says_that_it_is_open() =>
        Assert.DoesNotContain(
            Document.Split('\n').Where(line => Row().IsMatch(line)),
            row => !Named().IsMatch(row) && !row.Contains("*Open:*", StringComparison.Ordinal));

    [GeneratedRegex(@"^\| (V[0-9]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`([A-Z][A-Za-z]+(?:Tests|Properties))(?:\.([A-Za-z0-9_]+))?`")]
    private static partial Regex Named();
}

using System.Text;

namespace Xopc.Configuration.Tests;

public sealed class SyntaxTests
{
    private static string Error(string text) => Error(Encoding.UTF8.GetBytes(text));

    private static string Error(byte[] bytes) =>
        Assert.Single(Assert.Throws<ConfigException>(() => ConfigDocument.Parse(bytes, "/c/xopc.json")).Errors).ToString();

    [Fact]
    public void A_syntax_error_names_line_and_column()
    {
        Assert.Contains("line 3, column 5", Error("{\n  \"a\": 1\n    \"b\": 2\n}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData(" \n ", "empty")]
    [InlineData("{", "too early")]
    [InlineData("{\"a\": \"b", "too early")]
    [InlineData("[]", "does not hold a JSON object")]
    [InlineData("\"x\"", "does not hold a JSON object")]
    [InlineData("5", "does not hold a JSON object")]
    [InlineData("null", "does not hold a JSON object")]
    [InlineData("{} x", "line 1, column 4")]
    [InlineData("{}{}", "line 1, column 3")]
    [InlineData("{\"a\":1,}", "comma before the closing bracket")]
    [InlineData("{ // note\n}", "holds a comment (line 1, column 3)")]
    [InlineData("{ /* note */ }", "holds a comment")]
    [InlineData("{'a':1}", "line 1, column 2")]
    [InlineData("{\"a\":{\"b\":1,\n\"b\":2}}", "has the key \"b\" twice in one object (line 2, column 1)")]
    [InlineData("{\"a\":1,\"\\u0061\":2}", "has the key \"a\" twice")]
    [InlineData("{\"a\":\"\\ud800\"}", "half a surrogate pair")]
    [InlineData("{\"\\ud800\":1}", "half a surrogate pair")]
    public void What_is_not_one_plain_JSON_object_is_refused_with_a_hint(string text, string hint)
    {
        Assert.Contains(hint, Error(text), StringComparison.Ordinal);
    }

    [Fact]
    public void Too_deep_too_long_and_not_UTF8_are_refused()
    {
        Assert.Contains("more than 64 levels", Error("{\"a\":" + new string('[', 100) + new string(']', 100) + "}"), StringComparison.Ordinal);
        Assert.Contains("longer than", Error("{\"a\":\"" + new string('x', ConfigDocument.MaxBytes) + "\"}"), StringComparison.Ordinal);
        Assert.Contains("not UTF-8", Error([(byte)'{', 0xFF, (byte)'}']), StringComparison.Ordinal);
        Assert.Contains("not UTF-8", Error(Encoding.Unicode.GetBytes("{\"ä\":1}")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_is_accepted()
    {
        Assert.True(ConfigDocument.Parse([0xEF, 0xBB, 0xBF, (byte)'{', (byte)'}'], "x").Exists);
    }

    [Fact]
    public void An_unquoted_secret_is_not_quoted_back()
    {
        Assert.DoesNotContain("s3cret", Error("{\"gateway\":{\"auth\":{\"token\": ts3cretvalue }}}"), StringComparison.Ordinal);
    }
}

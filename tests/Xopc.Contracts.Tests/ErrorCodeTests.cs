using System.Reflection;
using System.Text.RegularExpressions;

namespace Xopc.Contracts.Tests;

public sealed partial class ErrorCodeTests
{
    [Fact]
    public void Every_code_stands_in_the_registry_once()
    {
        var declared = typeof(ErrorCode).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetValue(null)).OfType<ErrorCode>().ToList();

        Assert.Equal(declared.OrderBy(code => code.Name, StringComparer.Ordinal), ErrorCode.All.OrderBy(code => code.Name, StringComparer.Ordinal));
        Assert.Equal(ErrorCode.All.Count, ErrorCode.All.Select(code => code.Name).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("INVALID_REQUEST", 400)]
    [InlineData("CHANNEL_NOT_FOUND", 404)]
    [InlineData("SESSION_NOT_FOUND", 404)]
    [InlineData("AGENT_ERROR", 502)]
    [InlineData("INTERNAL_ERROR", 500)]
    [InlineData("UNAUTHORIZED", 401)]
    [InlineData("FORBIDDEN", 403)]
    [InlineData("NOT_FOUND", 404)]
    [InlineData("PAYLOAD_TOO_LARGE", 413)]
    [InlineData("RATE_LIMITED", 429)]
    [InlineData("TOO_MANY_CONNECTIONS", 503)]
    public void The_specified_codes_have_their_status(string name, int status)
    {
        Assert.Equal(status, Assert.Single(ErrorCode.All, code => code.Name == name).Status);
    }

    [Fact]
    public void Every_code_is_an_error_with_a_meaning()
    {
        Assert.All(ErrorCode.All, code =>
        {
            Assert.Matches(Name(), code.Name);
            Assert.InRange(code.Status, 400, 599);
            Assert.NotEmpty(code.Meaning);
            Assert.Equal(code.Name, code.ToString());
        });
    }

    [GeneratedRegex("^[A-Z]+(_[A-Z]+)*$", RegexOptions.None, matchTimeoutMilliseconds: 100)]
    private static partial Regex Name();
}

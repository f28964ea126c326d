using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Xopc.Contracts;

namespace Xopc.EndToEnd.Tests.Surface;

/// <summary>docs/api.md beside the endpoint table and the registry of errors.</summary>
public sealed partial class DocumentedRoutesTests
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Root(), "docs", "api.md"));

    [Fact]
    public async Task Every_route_stands_once_in_the_documentation_with_what_it_needs()
    {
        await using var host = await SurfaceHost.StartAsync(bundle: false);
        var mapped = SurfaceRoute.Of(host.Endpoints).Where(route => route.Endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null)
            .Select(route => $"{route} · {(route.Scope.PublicReason is null ? route.Scope.Required.ToString()!.ToLowerInvariant() : "public")}");

        Assert.Equal(mapped.Order(StringComparer.Ordinal), Lines.SelectMany(RoutesOf).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_error_code_stands_in_the_table_with_its_status()
    {
        var documented = Lines.Select(line => ErrorRow().Match(line)).Where(row => row.Success)
            .SelectMany(row => Code().Matches(row.Groups["codes"].Value).Select(code => $"{code.Groups[1].Value} {row.Groups["status"].Value}"));

        Assert.Equal(
            ErrorCode.All.Select(code => string.Create(CultureInfo.InvariantCulture, $"{code.Name} {code.Status}")).Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("### `POST /api/agent` · write", "POST /api/agent · write")]
    [InlineData("| `GET /api/keys`, `GET /api/keys/{id}` | admin | `GET /x` |", "GET /api/keys · admin; GET /api/keys/{id} · admin")]
    [InlineData("| `GET /auth/redeem?code=&to=` | public | |", "GET /auth/redeem · public")]
    [InlineData("| `POST /api/sessions` `{channel?}` | write | |", "POST /api/sessions · write")]
    [InlineData("then ask `GET /api/keys` | admin |", "")]
    public void A_line_is_read_as_it_is_meant(string line, string routes) => Assert.Equal(routes, string.Join("; ", RoutesOf(line)));

    private static IEnumerable<string> RoutesOf(string line)
    {
        var row = Row().Match(line);
        return Route().Matches(row.Groups["routes"].Value).Select(route => $"{route.Groups[1].Value} · {row.Groups["needs"].Value}");
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Xopc.sln")))
        {
            directory = directory.Parent;
        }

        return directory.FullName;
    }

    [GeneratedRegex("^(?:### (?<routes>`[A-Z]+ /[^`]*`) · |\\| (?<routes>`[A-Z]+ /[^|]*) \\| )(?<needs>[a-z]+)", RegexOptions.None, 1000)]
    private static partial Regex Row();

    // Without the query and a body behind it.
    [GeneratedRegex("`([A-Z]+ /[^`? ]*)", RegexOptions.None, 1000)]
    private static partial Regex Route();

    [GeneratedRegex(@"^\| (?<codes>`[A-Z_]+`(?:, `[A-Z_]+`)*) \| (?<status>\d{3}) \|", RegexOptions.None, 1000)]
    private static partial Regex ErrorRow();

    [GeneratedRegex("`([A-Z_]+)`", RegexOptions.None, 1000)]
    private static partial Regex Code();
}

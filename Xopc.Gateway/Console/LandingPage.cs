using System.Buffers;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Console;

/// <summary><c>GET /</c>: says what runs here until the console takes its place. One file, nothing loaded from elsewhere, works without scripts.</summary>
internal static class LandingPage
{
    // A Host header is the client's text. What is shown can be pasted into a shell, so only plain host characters pass.
    private static readonly SearchValues<char> HostCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]");

    private static readonly string Template = Read();

    public static void MapLandingPage(this IEndpointRouteBuilder app) =>
        app.MapMethods("/", ["GET", "HEAD"], Show).Public("The page names the product, its version and the documentation's commands")
            .WithSummary("The page that says what runs here").WithTags("Reference").AnswersContent("text/html");

    private static ContentHttpResult Show(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Content(Template.Replace("{{address}}", HtmlEncoder.Default.Encode(Address(context)), StringComparison.Ordinal), "text/html; charset=utf-8");
    }

    private static string Address(HttpContext context)
    {
        var host = context.Request.Host.Value;
        return string.IsNullOrEmpty(host) || host.AsSpan().ContainsAnyExcept(HostCharacters)
            ? $"http://localhost:{context.Connection.LocalPort}"
            : $"{context.Request.Scheme}://{host}";
    }

    private static string Read()
    {
        using var stream = typeof(LandingPage).Assembly.GetManifestResourceStream("Xopc.Gateway.Console.index.html")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Replace("{{version}}", GatewayVersion.Current, StringComparison.Ordinal);
    }
}

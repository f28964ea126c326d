using Microsoft.AspNetCore.Http.HttpResults;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.OpenApi;

namespace Xopc.Gateway.Reference;

/// <summary><c>/openapi.json</c>, and the page that shows it: three files of ours, nothing from elsewhere.</summary>
internal static class ReferenceEndpoints
{
    private const string Open = "A file of the page, the same in every installation; what it shows comes from /openapi.json";

    public static void MapReference(this IEndpointRouteBuilder app)
    {
        app.MapGet("/openapi.json", DocumentAsync).RequireScope(OperatorScope.Read).Page().WithSummary("This document").WithTags("Reference").Answers<OpenApiDocument>();
        app.MapGet("/api/openapi.json", DocumentAsync).RequireScope(OperatorScope.Read).Page().WithSummary("This document").WithTags("Reference").Answers<OpenApiDocument>();
        app.MapGet("/reference", static () => File("index.html", "text/html; charset=utf-8")).RequireScope(OperatorScope.Read).Page()
            .WithSummary("The API reference as a page").WithTags("Reference").AnswersContent("text/html");
        app.MapGet("/reference/reference.js", static () => File("reference.js", "text/javascript; charset=utf-8")).Public(Open)
            .WithSummary("The page's script").WithTags("Reference").AnswersContent("text/javascript");
        app.MapGet("/reference/reference.css", static () => File("reference.css", "text/css; charset=utf-8")).Public(Open)
            .WithSummary("The page's style").WithTags("Reference").AnswersContent("text/css");
    }

    private static async Task<IResult> DocumentAsync(HttpContext context, ApiDocument document) => new OpenApiAnswer(await document.GetAsync(context));

    // Read when somebody asks: a file is a few kilobytes, and the page is opened a few times a day.
    private static FileStreamHttpResult File(string name, string contentType) =>
        TypedResults.Stream(typeof(ReferenceEndpoints).Assembly.GetManifestResourceStream("Xopc.Gateway.Reference." + name)!, contentType);
}

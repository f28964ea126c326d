using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Contracts;
using Xopc.Gateway.Edge;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Tests.Keys;

/// <summary>What a client does with keys and tokens.</summary>
internal static class KeyHost
{
    /// <summary>An edge that reads its credential from configuration and file, as the product does, in front of a few endpoints.</summary>
    public static Task<EdgeHost> StartAsync(string? state = null, Dictionary<string, string>? environment = null, TimeProvider? clock = null) => EdgeHost.StartAsync(
        state: state, environment: environment ?? [], map: Map,
        build: builder =>
        {
            if (clock is not null)
            {
                builder.Services.AddSingleton(clock);
            }
        });

    public static void Map(WebApplication app)
    {
        app.MapGet("/api/events", StreamAsync).RequireScope(OperatorScope.Read);
        app.MapGet("/api/who", (HttpContext context) => context.GetPrincipal().Id).RequireScope(OperatorScope.Read);
        app.MapPost("/api/change", () => "changed").RequireScope(OperatorScope.Write);
        app.MapGet("/api/admin", () => "admin").RequireScope(OperatorScope.Admin);
        app.MapGet("/api/logs-of-all", () => "logs").RequireScope(OperatorScope.Read).WholeInstallation();
        app.MapMethods("/page", ["GET", "HEAD", "POST"], (HttpContext context) => context.GetPrincipal().Id).RequireScope(OperatorScope.Read).Page();
        app.MapGet("/page/stream", StreamAsync).RequireScope(OperatorScope.Read).Page();
    }

    public static string MainToken(this EdgeHost edge) => GatewayTokenFile.Find(Path.Combine(edge.State, "credentials"))!;

    public static async Task<HttpResponseMessage> SendAsync(this EdgeHost edge, HttpMethod method, string path, string? token, string? json = null, string? cookie = null)
    {
        using var request = edge.Request(method, path, token);
        if (json is not null)
        {
            request.Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        }

        if (cookie is not null)
        {
            request.Headers.TryAddWithoutValidation("Cookie", cookie);
        }

        return await edge.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    public static async Task<int> StatusAsync(this EdgeHost edge, HttpMethod method, string path, string? token, string? json = null)
    {
        using var response = await edge.SendAsync(method, path, token, json);
        return (int)response.StatusCode;
    }

    /// <summary>Creates a key; its id and its text.</summary>
    public static async Task<(string Id, string Key)> CreateAsync(this EdgeHost edge, string token, string json)
    {
        using var response = await edge.SendAsync(HttpMethod.Post, "/api/keys", token, json);
        var body = await response.JsonAsync();
        Assert.True(201 == (int)response.StatusCode, body.ToString());
        return (body.GetProperty("payload").GetProperty("id").GetString()!, body.GetProperty("payload").GetProperty("key").GetString()!);
    }

    public static async Task<JsonElement> PayloadAsync(this EdgeHost edge, HttpMethod method, string path, string token, string? json = null)
    {
        using var response = await edge.SendAsync(method, path, token, json);
        var body = await response.JsonAsync();
        Assert.True(response.IsSuccessStatusCode, body.ToString());
        return body.GetProperty("payload");
    }

    /// <summary>An open event stream that has begun.</summary>
    public static async Task<OpenStream> OpenStreamAsync(this EdgeHost edge, string? token, string path = "/api/events", string? cookie = null)
    {
        var response = await edge.SendAsync(HttpMethod.Get, path, token, cookie: cookie);
        Assert.Equal(200, (int)response.StatusCode);
        return new OpenStream(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    private static async Task StreamAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(": open\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // Cut off: what these tests wait for.
        }
    }
}

/// <summary>A stream and its end.</summary>
internal sealed class OpenStream(HttpResponseMessage response, Stream stream) : IAsyncDisposable
{
    /// <summary>Completes when the edge has closed it; a break is an end too.</summary>
    public async Task EndsAsync()
    {
        var buffer = new byte[256];
        try
        {
            while (await stream.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // Cut off in the middle, as it should be.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        response.Dispose();
    }
}

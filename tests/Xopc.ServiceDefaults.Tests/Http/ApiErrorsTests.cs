using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.ServiceDefaults.Tests.Http;

public sealed class ApiErrorsTests
{
    [Theory]
    [InlineData("GET", "/nowhere", 404, "NOT_FOUND")]
    [InlineData("DELETE", "/fine", 405, "METHOD_NOT_ALLOWED")]
    [InlineData("GET", "/api-exception", 404, "SESSION_NOT_FOUND")]
    [InlineData("GET", "/mapped", 503, "STORAGE_UNAVAILABLE")]
    [InlineData("GET", "/json", 400, "INVALID_REQUEST")]
    [InlineData("GET", "/bug", 500, "INTERNAL_ERROR")]
    [InlineData("GET", "/status/401", 401, "UNAUTHORIZED")]
    [InlineData("GET", "/status/403", 403, "FORBIDDEN")]
    [InlineData("GET", "/status/408", 408, "INVALID_REQUEST")]
    [InlineData("GET", "/status/414", 414, "INVALID_REQUEST")]
    [InlineData("GET", "/bad/400", 400, "INVALID_REQUEST")]
    [InlineData("GET", "/status/429", 429, "RATE_LIMITED")]
    [InlineData("GET", "/status/431", 431, "HEADERS_TOO_LARGE")]
    [InlineData("GET", "/status/502", 502, "UNAVAILABLE")]
    [InlineData("GET", "/status/504", 504, "TIMEOUT")]
    [InlineData("GET", "/bad/413", 413, "PAYLOAD_TOO_LARGE")]
    [InlineData("GET", "/bad/431", 431, "HEADERS_TOO_LARGE")]
    public async Task Every_failure_has_the_one_shape(string method, string path, int status, string code)
    {
        await using var app = await StartAsync();

        using var response = await app.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        var error = await ErrorAsync(response);
        Assert.Equal(code, error.Code);
        Assert.NotEmpty(error.Message);
    }

    [Fact]
    public async Task A_message_is_readable_as_it_stands_on_the_wire()
    {
        await using var app = await StartAsync();

        using var response = await app.Client.GetAsync("/quoting", TestContext.Current.CancellationToken);

        Assert.Equal(
            """{"error":{"code":"INVALID_REQUEST","message":"'größe' takes + and & and \"<b>\""}}""",
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_wrong_content_type_is_415_in_the_one_shape()
    {
        await using var app = await StartAsync();

        using var response = await app.Client.PostAsync("/typed", new StringContent("a=1", new MediaTypeHeaderValue("application/x-www-form-urlencoded")), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Equal("UNSUPPORTED_MEDIA_TYPE", (await ErrorAsync(response)).Code);
    }

    [Fact]
    public async Task A_wrong_method_names_the_right_ones()
    {
        await using var app = await StartAsync();

        using var response = await app.Client.DeleteAsync("/fine", TestContext.Current.CancellationToken);

        Assert.Equal(["GET"], response.Content.Headers.Allow);
        Assert.Contains("GET", (await ErrorAsync(response)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bug_is_logged_once_with_its_trace_and_its_message_stays_here()
    {
        await using var app = await StartAsync();

        using var response = await app.Client.GetAsync("/bug", TestContext.Current.CancellationToken);

        Assert.DoesNotContain("very private", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        var line = Assert.Single(app.Logs.Lines, l => l.Level == LogLevel.Error);
        Assert.Matches("GET /bug failed \\(trace [0-9a-f]{32}\\)", line.Message);
    }

    [Fact]
    public async Task Waiting_is_said_in_whole_seconds_and_headers_of_the_lost_body_are_gone()
    {
        await using var app = await StartAsync();

        using var response = await app.Client.GetAsync("/busy", TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.FromSeconds(2), response.Headers.RetryAfter?.Delta);
        Assert.Null(response.Headers.ETag);
        Assert.Equal("kept", response.Headers.GetValues("X-Security").Single());
        Assert.Equal("SESSION_BUSY", (await ErrorAsync(response)).Code);
    }

    [Fact]
    public async Task A_body_that_an_endpoint_wrote_itself_is_left_alone()
    {
        await using var app = await StartAsync();

        using var response = await app.Client.GetAsync("/own", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("mine", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_failure_in_the_middle_of_a_body_cuts_the_connection_instead_of_ending_it_cleanly()
    {
        await using var app = await StartAsync(kestrel: true);

        // Whether the headers still arrive before the reset is the kernel's choice; a complete answer never does.
        await Assert.ThrowsAsync<HttpRequestException>(() => app.Client.GetStringAsync("/half", TestContext.Current.CancellationToken));

        Assert.Single(app.Logs.Lines, l => l.Level == LogLevel.Error);
    }

    [Fact]
    public async Task A_client_that_leaves_makes_no_noise()
    {
        var entered = new TaskCompletionSource();
        var left = new TaskCompletionSource();
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.Use(async (context, next) =>
                {
                    await next();
                    left.TrySetResult();
                });
                a.UseApiErrors();
                a.MapGet("/wait", async (HttpContext context) =>
                {
                    entered.SetResult();
                    await Task.Delay(Timeout.Infinite, context.RequestAborted);
                });
            },
            kestrel: true);
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(app.Client.BaseAddress!.Host, app.Client.BaseAddress.Port, TestContext.Current.CancellationToken);
            await socket.GetStream().WriteAsync("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            await entered.Task.WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);
        }

        await left.Task.WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);

        Assert.DoesNotContain(app.Logs.Lines, l => l.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task An_upload_beyond_the_limit_of_the_server_is_413_in_the_one_shape()
    {
        await using var app = await StartAsync(kestrel: true);

        using var response = await app.Client.PostAsync("/drain", new StringContent(new string('x', 2000), Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("PAYLOAD_TOO_LARGE", (await ErrorAsync(response)).Code);
    }

    private static async Task<(string Code, string Message)> ErrorAsync(HttpResponseMessage response)
    {
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var error = json.RootElement.GetProperty("error");
        return (error.GetProperty("code").GetString()!, error.GetProperty("message").GetString()!);
    }

    private static Task<TestApp> StartAsync(bool kestrel = false) => TestApp.StartAsync(Map, builder => builder.Services.Configure<ApiErrorOptions>(o =>
        o.Maps.Add(e => e is TimeZoneNotFoundException ? new ApiError(ErrorCode.StorageUnavailable) : null)), kestrel: kestrel);

    private static void Map(WebApplication app)
    {
        app.UseApiErrors();
        app.MapGet("/fine", () => "ok");
        app.MapPost("/typed", (HttpContext _) => "ok").Accepts<object>("application/json");
        app.MapGet("/api-exception", IResult () => throw new ApiException(ErrorCode.SessionNotFound, "gone"));
        app.MapGet("/quoting", IResult () => throw new ApiException(ErrorCode.InvalidRequest, "'größe' takes + and & and \"<b>\""));
        app.MapGet("/mapped", IResult () => throw new TimeZoneNotFoundException());
        app.MapGet("/json", IResult () => throw new JsonException("very private"));
        app.MapGet("/bug", IResult () => throw new InvalidOperationException("very private"));
        app.MapGet("/bad/{status:int}", IResult (int status) => throw new BadHttpRequestException("very private", status));
        app.MapGet("/status/{status:int}", (int status) => Results.StatusCode(status));
        app.MapGet("/own", (HttpContext context) =>
        {
            context.Response.StatusCode = 404;
            return context.Response.WriteAsync("mine");
        });
        app.MapGet("/busy", IResult (HttpContext context) =>
        {
            context.Response.Headers.ETag = "\"1\"";
            context.Response.Headers["X-Security"] = "kept";
            return new ApiError(ErrorCode.SessionBusy, retryAfter: TimeSpan.FromMilliseconds(1200));
        });
        app.MapGet("/half", async (HttpContext context) =>
        {
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            throw new InvalidOperationException("broken");
        });
        app.MapPost("/drain", async (HttpContext context) =>
        {
            context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = 1000;
            await context.Request.Body.CopyToAsync(Stream.Null);
        });
    }
}

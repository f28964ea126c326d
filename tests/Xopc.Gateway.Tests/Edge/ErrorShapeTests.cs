using System.Net.Http.Headers;
using System.Text;
using Xopc.Contracts;

namespace Xopc.Gateway.Tests.Edge;

public sealed class ErrorShapeTests
{
    [Fact]
    public async Task Every_failure_has_the_one_shape()
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        await (await SendAsync(edge, HttpMethod.Get, "/api/nowhere")).IsErrorAsync(ErrorCode.NotFound);
        await (await SendAsync(edge, HttpMethod.Delete, "/api/who")).IsErrorAsync(ErrorCode.MethodNotAllowed);
        await (await SendAsync(edge, new HttpMethod("BREW"), "/api/who")).IsErrorAsync(ErrorCode.MethodNotAllowed);
        await (await SendAsync(edge, HttpMethod.Post, "/api/json", "name", "text/plain")).IsErrorAsync(ErrorCode.UnsupportedMediaType);
        await (await SendAsync(edge, HttpMethod.Post, "/api/json", "{\"name\":", "application/json")).IsErrorAsync(ErrorCode.InvalidRequest);
        await (await SendAsync(edge, HttpMethod.Post, "/api/json", "", "application/json")).IsErrorAsync(ErrorCode.InvalidRequest);
        await (await SendAsync(edge, HttpMethod.Post, "/api/json", "[1,2]", "application/json")).IsErrorAsync(ErrorCode.InvalidRequest);
        await (await SendAsync(edge, HttpMethod.Get, "/api/number/x")).IsErrorAsync(ErrorCode.NotFound);
    }

    [Fact]
    public async Task An_exception_tells_nothing_about_the_inside()
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        var response = await SendAsync(edge, HttpMethod.Get, "/api/throws");

        await response.IsErrorAsync(ErrorCode.InternalError);
        Assert.DoesNotContain("inner detail", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains(edge.Log.Lines, line => line.Level is Microsoft.Extensions.Logging.LogLevel.Error && line.Text.Contains("inner detail", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/health")]
    [InlineData("/api/who")]
    [InlineData("/api/nowhere")]
    [InlineData("/api/throws")]
    [InlineData("/nowhere")]
    public async Task Every_answer_carries_the_security_headers_once_and_no_server_name(string path)
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        foreach (var token in new[] { EdgeHost.Token, null })
        {
            var headers = (await edge.Client.SendAsync(edge.Request(HttpMethod.Get, path, token), TestContext.Current.CancellationToken)).Headers;
            Assert.Equal("nosniff", Assert.Single(headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("DENY", Assert.Single(headers.GetValues("X-Frame-Options")));
            Assert.Equal("strict-origin-when-cross-origin", Assert.Single(headers.GetValues("Referrer-Policy")));
            Assert.Contains("frame-ancestors 'none'", Assert.Single(headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
            Assert.Contains("camera=()", Assert.Single(headers.GetValues("Permissions-Policy")), StringComparison.Ordinal);
            Assert.False(headers.Contains("Server"));
            Assert.False(headers.Contains("X-Powered-By"));
        }
    }

    private static Task<HttpResponseMessage> SendAsync(EdgeHost edge, HttpMethod method, string path, string? body = null, string? type = null)
    {
        var request = edge.Request(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue(type!) } };
        }

        return edge.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}

using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xopc.ServiceDefaults.Http;

namespace Xopc.ServiceDefaults.Tests.Http;

public sealed partial class ApiJsonTests
{
    private const int Limit = 8 * 1024 * 1024;

    [Theory]
    [InlineData("""{"message":"hi"}""", "hi")]
    [InlineData("\uFEFF{\"message\":\"hi\"}", "hi")]
    [InlineData("""{"message":"hi","unknown":{"a":[1,2,{}]}}""", "hi")]
    [InlineData("""{"message":"a\\u0000b"}""", "a\\u0000b")]
    [InlineData("""{"message":"\u202egnp\ud83d\ude00"}""", "\u202egnp😀")]
    [InlineData("""{"message":"hi","nested":{"count":3}}  """, "hi")]
    public async Task A_good_body_is_read(string body, string message)
    {
        await using var app = await StartAsync();

        using var response = await PostAsync(app, Encoding.UTF8.GetBytes(body));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(message, JsonDocument.Parse(await TextAsync(response)).RootElement.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("  \n ", "empty")]
    [InlineData("null", "null")]
    [InlineData("{", "line 1")]
    [InlineData("{\n\"message\": oops}", "line 2")]
    [InlineData("""{"message":"hi"} {}""", "not valid JSON")]
    [InlineData("""{"message":"hi",}""", "not valid JSON")]
    [InlineData("""[]""", "message")]
    [InlineData("\"text\"", "message")]
    [InlineData("{}", "message")]
    [InlineData("""{"message":5}""", "'message'")]
    [InlineData("""{"message":"hi","nested":{"count":"many"}}""", "'nested.count'")]
    [InlineData("""{"message":"hi","list":[{"count":1},{"count":true}]}""", "'list[1].count'")]
    [InlineData("""{"message":"hi","nested":{"count":99999999999}}""", "'nested.count'")]
    [InlineData("""{"message":"a\u0000b"}""", "NUL")]
    [InlineData("""{"message":"a\\\u0000b"}""", "NUL")]
    [InlineData("""{"message":"\ud800"}""", "'message'")]
    public async Task A_bad_body_is_400_and_says_where(string body, string expected)
    {
        await using var app = await StartAsync();

        using var response = await PostAsync(app, Encoding.UTF8.GetBytes(body));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var text = await TextAsync(response);
        var error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        Assert.Equal("INVALID_REQUEST", error.GetProperty("code").GetString());
        Assert.Contains(expected, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Xopc.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}' })]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 })]
    public async Task Bytes_that_are_no_utf8_are_400(byte[] body)
    {
        await using var app = await StartAsync();

        using var response = await PostAsync(app, body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("UTF-8", await TextAsync(response), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32, HttpStatusCode.OK)]
    [InlineData(33, HttpStatusCode.BadRequest)]
    [InlineData(200, HttpStatusCode.BadRequest)]
    [InlineData(100_000, HttpStatusCode.BadRequest)]
    public async Task Depth_is_bounded(int levels, HttpStatusCode expected)
    {
        await using var app = await StartAsync();
        var body = $$"""{"message":"hi","deep":{{new string('[', levels - 1)}}{{new string(']', levels - 1)}}}""";

        using var response = await PostAsync(app, Encoding.UTF8.GetBytes(body));

        Assert.Equal(expected, response.StatusCode);
        if (expected == HttpStatusCode.BadRequest)
        {
            Assert.Contains("32 levels", await TextAsync(response), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("gzip", 415)]
    [InlineData("br, gzip", 415)]
    [InlineData("identity", 200)]
    public async Task A_compressed_body_is_415_and_not_a_riddle_of_json(string encoding, int status)
    {
        await using var app = await StartAsync();
        using var content = new ByteArrayContent("""{"message":"hi"}"""u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);

        using var response = await app.Client.PostAsync("/echo", content, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/jsonp")]
    [InlineData("text/json")]
    public async Task Other_content_types_are_415(string? contentType)
    {
        await using var app = await StartAsync();

        using var response = await PostAsync(app, """{"message":"hi"}"""u8.ToArray(), contentType);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Contains("UNSUPPORTED_MEDIA_TYPE", await TextAsync(response), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("APPLICATION/JSON; charset=\"UTF-8\"")]
    [InlineData("application/merge-patch+json")]
    public async Task Json_content_types_are_taken(string contentType)
    {
        await using var app = await StartAsync();

        using var response = await PostAsync(app, """{"message":"hi"}"""u8.ToArray(), contentType);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_beyond_the_limit_is_413_declared_or_chunked(bool chunked)
    {
        await using var app = await StartAsync(kestrel: true);

        using var response = await PostAsync(app, new byte[2000], path: "/small", chunked: chunked);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("PAYLOAD_TOO_LARGE", await TextAsync(response), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_large_body_within_the_limit_arrives_whole_on_a_real_server(bool chunked)
    {
        await using var app = await StartAsync(kestrel: true);
        var message = new string('é', 3_000_000);

        using var response = await PostAsync(app, Encoding.UTF8.GetBytes($$"""{"message":"{{message}}"}"""), chunked: chunked);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(message, JsonDocument.Parse(await TextAsync(response)).RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public async Task An_answer_carries_its_length_and_the_next_one_nothing_of_it()
    {
        await using var app = await StartAsync(kestrel: true);
        foreach (var message in (string[])["a long message first", "short", new string('x', 400_000), "again"])
        {
            using var response = await PostAsync(app, JsonSerializer.SerializeToUtf8Bytes(new Sample { Message = message }, SampleJson.Default.Sample));

            Assert.Equal((await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length, response.Content.Headers.ContentLength);
            Assert.Equal($$"""{"message":"{{message}}"}""", await TextAsync(response));
        }
    }

    private static Task<TestApp> StartAsync(bool kestrel = false) => TestApp.StartAsync(
        app =>
        {
            app.UseApiErrors();
            app.MapPost("/echo", (Delegate)(async Task<IResult> (HttpContext context) => ApiJson.Result(await ApiJson.ReadAsync(context, SampleJson.Default.Sample, Limit), SampleJson.Default.Sample)));
            app.MapPost("/small", (Delegate)(async Task<IResult> (HttpContext context) => ApiJson.Result(await ApiJson.ReadAsync(context, SampleJson.Default.Sample, 1000), SampleJson.Default.Sample)));
        },
        kestrel: kestrel);

    private static Task<HttpResponseMessage> PostAsync(TestApp app, byte[] body, string? contentType = "application/json", string path = "/echo", bool chunked = false)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Headers.TransferEncodingChunked = chunked;
        if (contentType is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        return app.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static Task<string> TextAsync(HttpResponseMessage response) => response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    internal sealed record Sample
    {
        public required string Message { get; init; }

        public Nested? Nested { get; init; }

        public Nested[]? List { get; init; }
    }

    internal sealed record Nested(int Count);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(Sample))]
    internal sealed partial class SampleJson : JsonSerializerContext;
}

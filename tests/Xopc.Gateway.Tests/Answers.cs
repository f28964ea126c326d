using System.Net;
using System.Text.Json;
using Xopc.Contracts;

namespace Xopc.Gateway.Tests;

internal static class Answers
{
    /// <summary>Asserts the one error shape: status, code, message, nothing else, JSON.</summary>
    public static async Task IsErrorAsync(this HttpResponseMessage response, ErrorCode code, string? message = null)
    {
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((HttpStatusCode)code.Status == response.StatusCode, $"{code.Status} expected, got {(int)response.StatusCode} {body}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        var root = JsonDocument.Parse(body).RootElement;
        Assert.Equal(["error"], root.EnumerateObject().Select(p => p.Name));
        Assert.Equal(["code", "message"], root.GetProperty("error").EnumerateObject().Select(p => p.Name));
        Assert.Equal(code.Name, root.GetProperty("error").GetProperty("code").GetString());
        var text = root.GetProperty("error").GetProperty("message").GetString();
        Assert.False(string.IsNullOrWhiteSpace(text));
        if (message is not null)
        {
            Assert.Equal(message, text);
        }
    }

    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
}

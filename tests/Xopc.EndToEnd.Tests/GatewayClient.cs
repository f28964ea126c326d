using System.Text.Json.Nodes;
using System.Text;
using Xopc.Testing.Http;

namespace Xopc.EndToEnd.Tests;

/// <summary>Speaks to one address of the gateway: the edge, or a service behind it.</summary>
internal sealed class GatewayClient(HttpClient http, Func<Uri> url) : IDisposable
{
    public HttpClient Http => http;

    public HttpRequestMessage Request(HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, new Uri(url(), path));
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    public async Task<(int Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = Request(method, path, json, headers);
        using var response = await http.SendAsync(request, Wait.Cancelled);
        var text = await response.Content.ReadAsStringAsync(Wait.Cancelled);
        return ((int)response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text) : null);
    }

    public Task<(int Status, JsonNode? Body)> AskAsync(string message, string session = "default", params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, "/api/agent", new JsonObject { ["message"] = message, ["session"] = session }.ToJsonString(), headers);

    /// <summary>The stream, or the status of whatever came instead.</summary>
    public async Task<(SseReader? Stream, int Status)> TryStreamAsync(HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = Request(method, path, json, [.. headers, ("Accept", "text/event-stream")]);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Wait.Cancelled);
        if ((int)response.StatusCode != 200)
        {
            response.Dispose();
            return (null, (int)response.StatusCode);
        }

        return (new SseReader(response, await response.Content.ReadAsStreamAsync(Wait.Cancelled), Wait.Generous, breakIsEnd: true, Wait.Cancelled), 200);
    }

    public async Task<SseReader> StreamAsync(HttpMethod method, string path, string? json = null, string? lastEventId = null)
    {
        var (stream, status) = await TryStreamAsync(method, path, json, lastEventId is null ? [] : [("Last-Event-ID", lastEventId)]);
        Assert.Equal(200, status);
        return stream!;
    }

    public async Task<SseReader> StreamAsync(HttpMethod method, string path, string json, (string Name, string Value) header)
    {
        var (stream, status) = await TryStreamAsync(method, path, json, header);
        Assert.Equal(200, status);
        return stream!;
    }

    public async Task<JsonArray> MessagesAsync(string session)
    {
        var (status, body) = await SendAsync(HttpMethod.Get, $"/api/sessions/main:webchat:default:direct:{session}?limit=200");
        Assert.Equal(200, status);
        return body!["session"]!["messages"]!.AsArray();
    }

    public async Task<List<(string Role, string Content, string? Stop)>> TranscriptAsync(string session) =>
        [.. (await MessagesAsync(session)).Select(m => ((string)m!["role"]!, (string)m["content"]!, (string?)m["stopReason"]))];

    /// <summary>Waits until the service there answers.</summary>
    public Task AnswersAsync(Func<string> screens) => Wait.UntilAsync(
        async () =>
        {
            try
            {
                return (await SendAsync(HttpMethod.Get, "/api/sessions?limit=1")).Status == 200;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        () => "The gateway did not answer.\n" + screens());

    public void Dispose() => http.Dispose();
}

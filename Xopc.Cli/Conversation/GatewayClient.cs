using System.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Xopc.Configuration;

namespace Xopc.Cli.Conversation;

/// <summary>The requests that the command line makes of a running gateway.</summary>
internal sealed class GatewayClient : IDisposable
{
    private const int MaxErrorBody = 64 * 1024;
    private const int MaxAnswer = 16 * 1024 * 1024;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;

    /// <param name="own">The TLS files of the gateway's configuration where they are known here, so that its own certificate is believed.</param>
    public GatewayClient(Uri address, string? credential, TlsConfig? own = null)
    {
        Address = address;
        // The gateway is on this machine or in this network: a proxy of the environment would only see the token.
        var handler = new SocketsHttpHandler { ConnectTimeout = ConnectTimeout, UseProxy = false, AllowAutoRedirect = false, SslOptions = OwnCertificate.Believing(own) };
        _http = new HttpClient(handler) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        if (credential is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        }
    }

    public Uri Address { get; }

    /// <summary>Opens the stream of a new turn. The same <paramref name="idempotencyKey"/> again means the same turn again.</summary>
    public Task<HttpResponseMessage> AskAsync(AskRequest ask, string idempotencyKey, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/agent") { Content = JsonContent.Create(ask, CliJson.Default.AskRequest) };
        request.Headers.Add("Idempotency-Key", idempotencyKey);
        return OpenStreamAsync(request, cancellationToken);
    }

    /// <summary>Opens the stream of a run after <paramref name="lastEventId"/> (null: from its beginning).</summary>
    public Task<HttpResponseMessage> FollowAsync(string runId, string? lastEventId, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/api/agent/runs/{Uri.EscapeDataString(runId)}/events");
        if (lastEventId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        }

        return OpenStreamAsync(request, cancellationToken);
    }

    /// <summary>Asks to stop a run; whether it still ran makes no difference to the caller.</summary>
    public async Task AbortAsync(string runId, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/agent/abort")
        {
            Content = JsonContent.Create(new AbortRequest(runId), CliJson.Default.AbortRequest),
        };
        using var response = await SendAsync(request, cancellationToken);
    }

    /// <summary>Makes one request and reads its JSON answer.</summary>
    public async Task<JsonDocument> AskAsync(GatewayAsk ask, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(ask.Method, ask.Path);
        if (ask.Json is { } json)
        {
            request.Content = new StringContent(json.ToJsonString(), Encoding.UTF8, "application/json");
        }
        else if (ask.Body is { } body)
        {
            request.Content = JsonContent.Create(body.Where(field => field.Value is not null).ToDictionary(field => field.Key, field => field.Value!), CliJson.Default.DictionaryStringString);
        }

        if (ask.IdempotencyKey is { } key)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using var response = await SendAsync(request, cancellationToken);
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxAnswer, cancellationToken);
            return JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (JsonException)
        {
            throw new GatewayException(GatewayException.NotAGateway, $"What answers at {Address} is not an Xopc gateway.");
        }
    }

    /// <summary>A link to a page, good for a minute and for one use.</summary>
    public async Task<Uri> TicketAsync(string to, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/auth/ticket") { Content = JsonContent.Create(new TicketRequest(to), CliJson.Default.TicketRequest) };
        using var response = await SendAsync(request, cancellationToken);
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxErrorBody, cancellationToken);
            using var body = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            if (body.RootElement.Child("payload")?.Text("url") is { } path && path.StartsWith("/auth/redeem?", StringComparison.Ordinal))
            {
                return new Uri(Address, path);
            }
        }
        catch (JsonException)
        {
            // No answer of ours, as said below.
        }

        throw new GatewayException(GatewayException.NotAGateway, $"What answers at {Address} is not an Xopc gateway.");
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> OpenStreamAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        HttpResponseMessage response;
        using (request)
        {
            response = await SendAsync(request, cancellationToken);
        }

        if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
        {
            return response;
        }

        response.Dispose();
        throw new GatewayException(GatewayException.NotAGateway, $"What answers at {Address} is not an Xopc gateway.");
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException e) when (IsNobodyThere(e))
        {
            throw new GatewayException(GatewayException.NotRunning, $"No gateway answers at {Address}. Start one with: xopc gateway");
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await ErrorOfAsync(response, cancellationToken);
        }
    }

    private static bool IsNobodyThere(HttpRequestException e) =>
        e.HttpRequestError is HttpRequestError.NameResolutionError
        || (e.HttpRequestError is HttpRequestError.ConnectionError
            && e.InnerException is not SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted });

    private async Task<GatewayException> ErrorOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var (code, message) = await ReadErrorAsync(response, cancellationToken)
            ?? (GatewayException.NotAGateway, $"{Address} answered {status} without an error that an Xopc gateway sends.");
        var wait = response.Headers.RetryAfter?.Delta;
        return new GatewayException(code, Explain(response.StatusCode, message, wait), status, wait);
    }

    private string Explain(HttpStatusCode status, string message, TimeSpan? wait) => status switch
    {
        HttpStatusCode.Unauthorized =>
            $"The gateway at {Address} does not accept the credential ({message}). Give the right one with --token or XOPC_GATEWAY_TOKEN; "
            + "on the gateway's machine, xopc gateway token prints it.",
        HttpStatusCode.TooManyRequests when wait is { } seconds => $"{message}. Try again in {(int)Math.Ceiling(seconds.TotalSeconds)} s.",
        _ => message,
    };

    // {"error":{"code":"SESSION_BUSY","message":"…"}}
    private static async Task<(string Code, string Message)?> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxErrorBody, cancellationToken);
            using var body = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            return body.RootElement.ErrorIn();
        }
        catch (Exception e) when (e is JsonException or HttpRequestException or IOException)
        {
            return null;
        }
    }
}

namespace Xopc.Agents.Models;

/// <summary>
/// Sits between Anthropic's client and the network: sets our headers, turns a refused request into a <see cref="ModelCallException"/> (theirs loses
/// the Retry-After), and bounds the response.
/// </summary>
internal sealed class AnthropicHandler(HttpMessageHandler inner, string? key, bool asBearer, IReadOnlyList<KeyValuePair<string, string>> headers, SentSecrets sent, TimeProvider clock)
    : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Authenticate(request);
        var response = await base.SendAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType is not "text/html")
        {
            response.Content = await BoundedAsync(response.Content, cancellationToken);
            return response;
        }

        using (response)
        {
            throw await FailureAsync(response, cancellationToken);
        }
    }

    // The key belongs into x-api-key; servers that only look like Anthropic may want it as a bearer token.
    private void Authenticate(HttpRequestMessage request)
    {
        request.Headers.Remove("Authorization");
        request.Headers.Remove("x-api-key");
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation(asBearer ? "Authorization" : "x-api-key", asBearer ? "Bearer " + key : key);
        }

        foreach (var header in headers)
        {
            request.Headers.Remove(header.Key);
            request.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }
    }

    private async Task<ModelCallException> FailureAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        if (response.Content.Headers.ContentType?.MediaType is "text/html" && status is (>= 200 and < 400) or 404)
        {
            return new ModelCallException(ModelFailureKind.Malformed, $"answered {status} with a web page: is its base URL right?", status: status);
        }

        var body = new byte[ModelFailures.MaxErrorBody];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        return ModelFailures.FromErrorBody(status, body.AsSpan(0, length), sent, ModelFailures.RetryAfter(response, clock));
    }

    private static async Task<HttpContent> BoundedAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var bounded = new StreamContent(new BoundedStream(await content.ReadAsStreamAsync(cancellationToken), SseReader.MaxTotal));
        foreach (var header in content.Headers)
        {
            bounded.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        return bounded;
    }
}

/// <summary>Reads from another stream, up to a limit.</summary>
internal sealed class BoundedStream(Stream inner, long limit) : Stream
{
    private long _left = limit;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Count(await inner.ReadAsync(buffer, cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Count(inner.Read(buffer, offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Count(int count) => (_left -= count) >= 0 ? count : throw new ModelCallException(ModelFailureKind.Malformed, "sent more than a response may have");
}

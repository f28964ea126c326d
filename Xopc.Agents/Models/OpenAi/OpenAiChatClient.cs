using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Xopc.Agents.Models;

/// <summary>
/// Speaks OpenAI's chat completions with any server that speaks them too. Streams always; makes every call once, the caller owns retries (docs/adr/0040).
/// The one exception: a parameter that the server says it does not know is left out and the call made again, and remembered for the next ones.
/// </summary>
/// <param name="headers">Sent with every request, the key among them.</param>
internal sealed class OpenAiChatClient(
    HttpMessageInvoker http, Uri baseUrl, ModelInfo model, IReadOnlyList<KeyValuePair<string, string>> headers, TimeProvider clock) : IChatClient
{
    /// <summary>After the model said why it stopped only the usage is still awaited, and not every server closes its stream.</summary>
    private static readonly TimeSpan AfterFinish = TimeSpan.FromSeconds(5);

    private readonly Uri _endpoint = new(baseUrl.AbsoluteUri.TrimEnd('/') + "/chat/completions");
    private readonly SentSecrets _sent = new(headers);
    private int _quirks;

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var response = await SendAsync(messages, options, cancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var parser = new OpenAiStreamParser(_sent);
        if (response.Content.Headers.ContentType?.MediaType is "application/json")
        {
            await ReadWholeAsync(stream, parser, cancellationToken);
        }
        else
        {
            using var frames = new SseReader(stream);
            do
            {
                if (Drain(frames, parser) is { } contents)
                {
                    yield return new ChatResponseUpdate(ChatRole.Assistant, contents);
                }
            }
            while (!parser.IsDone && await FillAsync(frames, parser, cancellationToken));
        }

        if (parser.Take() is { } rest)
        {
            yield return new ChatResponseUpdate(ChatRole.Assistant, rest);
        }

        yield return Last(parser);
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
        // The connections are shared and outlive every client.
    }

    private static IList<AIContent>? Drain(SseReader frames, OpenAiStreamParser parser)
    {
        while (!parser.IsDone && frames.TryTake(out var frame))
        {
            parser.Read(frame);
        }

        return parser.Take();
    }

    private async ValueTask<bool> FillAsync(SseReader frames, OpenAiStreamParser parser, CancellationToken cancellationToken)
    {
        if (parser.FinishReason is null)
        {
            return await frames.FillAsync(cancellationToken);
        }

        using var patience = new CancellationTokenSource(AfterFinish, clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await frames.FillAsync(linked.Token);
        }
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested && ex is OperationCanceledException or IOException or HttpRequestException)
        {
            // The answer is complete; how the server hangs up is its own affair.
            return false;
        }
    }

    private static ChatResponseUpdate Last(OpenAiStreamParser parser)
    {
        if (parser.FinishReason is null && !parser.IsDone)
        {
            throw new ModelCallException(ModelFailureKind.Network, "broke off in the middle of an answer", isTransient: true);
        }

        List<AIContent> contents = [.. parser.ToolCalls.Complete(wasCut: parser.FinishReason == "length")];
        if (parser.Usage is { } usage)
        {
            contents.Add(new UsageContent(usage));
        }

        var reason = parser.FinishReason switch
        {
            "length" => ChatFinishReason.Length,
            "content_filter" => ChatFinishReason.ContentFilter,
            _ => parser.ToolCalls.Count > 0 ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop,
        };
        return new ChatResponseUpdate(ChatRole.Assistant, contents) { FinishReason = reason };
    }

    private async Task<HttpResponseMessage> SendAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        while (true)
        {
            var quirks = (OpenAiQuirks)Volatile.Read(ref _quirks);
            using var request = Request(quirks, messages, options);
            var response = await http.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode && !IsWebPage(response))
            {
                return response;
            }

            using (response)
            {
                var body = await ErrorBodyAsync(response, cancellationToken);
                var learned = quirks | OpenAiQuirksReader.Learn((int)response.StatusCode, body.Written.Span);
                var failure = Failure(response, body);
                body.Dispose();
                if (learned == quirks)
                {
                    throw failure;
                }

                // Each refused parameter is learned once, so this ends.
                Interlocked.Or(ref _quirks, (int)learned);
            }
        }
    }

    private HttpRequestMessage Request(OpenAiQuirks quirks, IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _endpoint) { Content = new PooledContent(OpenAiRequestWriter.Write(model, quirks, messages, options)) };
        foreach (var header in headers)
        {
            request.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        return request;
    }

    private ModelCallException Failure(HttpResponseMessage response, PooledBuffer body)
    {
        var status = (int)response.StatusCode;
        return IsWebPage(response) && status is (>= 200 and < 400) or 404
            ? new ModelCallException(ModelFailureKind.Malformed, $"answered {status} with a web page: is its base URL right?", status: status)
            : ModelFailures.FromErrorBody(status, body.Written.Span, _sent, ModelFailures.RetryAfter(response, clock));
    }

    private static bool IsWebPage(HttpResponseMessage response) => response.Content.Headers.ContentType?.MediaType is "text/html";

    private static async Task<PooledBuffer> ErrorBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = new PooledBuffer(1024, ModelFailures.MaxErrorBody * 2);
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            for (var count = -1; count != 0 && body.Written.Length < ModelFailures.MaxErrorBody;)
            {
                count = await stream.ReadAsync(body.GetMemory(1024), cancellationToken);
                body.Advance(count);
            }
        }
        catch (IOException)
        {
            // The status alone says enough.
        }
        catch
        {
            body.Dispose();
            throw;
        }

        return body;
    }

    private static async Task ReadWholeAsync(Stream stream, OpenAiStreamParser parser, CancellationToken cancellationToken)
    {
        using var body = new PooledBuffer(16 * 1024, (int)SseReader.MaxTotal);
        try
        {
            for (var count = -1; count != 0;)
            {
                count = await stream.ReadAsync(body.GetMemory(4096), cancellationToken);
                body.Advance(count);
            }
        }
        catch (BufferLimitException ex)
        {
            throw new ModelCallException(ModelFailureKind.Malformed, $"sent more than {SseReader.MaxTotal >> 20} MiB", inner: ex);
        }

        parser.Read(body.Written.Span.Trim(" \r\n\t"u8));
    }
}

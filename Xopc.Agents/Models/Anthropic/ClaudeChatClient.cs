using System.Runtime.CompilerServices;
using System.Text.Json;
using Anthropic;
using Anthropic.Exceptions;
using Microsoft.Extensions.AI;

namespace Xopc.Agents.Models;

/// <summary>
/// Anthropic's messages through the official client, made ready for it: what the model would refuse is left out (thinking without its signature,
/// images it cannot see, a temperature beside thinking), and its own retries and traces are off. Retries have one owner; traces must not hold text.
/// </summary>
internal sealed class ClaudeChatClient : IChatClient
{
    /// <summary>The least room for an answer beside its thinking; the API wants more tokens than the thinking budget.</summary>
    private const int DefaultMaxTokens = 8_192;

    private readonly ModelInfo _model;
    private readonly IChatClient _inner;
    private readonly AnthropicClient _client;
    private readonly bool _adaptive;
    private readonly SentSecrets _sent;

    public ClaudeChatClient(HttpMessageHandler network, Uri baseUrl, ModelInfo model, string? key, bool asBearer, IReadOnlyList<KeyValuePair<string, string>> headers,
        TimeProvider clock)
    {
        (_model, _sent) = (model, new SentSecrets(headers, key));
        _adaptive = ClaudeModels.ThinksAdaptively(model.Id);
        _client = new AnthropicClient
        {
            ApiKey = key ?? "none",
            BaseUrl = baseUrl.AbsoluteUri.TrimEnd('/'),
            HttpClient = new HttpClient(new AnthropicHandler(network, key, asBearer, headers, _sent, clock), disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan },
            MaxRetries = 0,
            Timeout = TimeSpan.FromHours(4),
            OpenTelemetry = false,
        };
        _inner = _client.AsIChatClient(model.Id, DefaultMaxTokens, _adaptive ? AnthropicThinkingMode.Adaptive : AnthropicThinkingMode.Extended);
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var prepared = Prepare(messages, ref options);
        await using var updates = _inner.GetStreamingResponseAsync(prepared, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await updates.MoveNextAsync())
                {
                    yield break;
                }
            }
            catch (AnthropicException ex)
            {
                throw Translate(ex);
            }

            yield return updates.Current;
        }
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
        _inner.Dispose();
        _client.HttpClient.Dispose();
    }

    private ModelCallException Translate(AnthropicException exception) => exception switch
    {
        AnthropicApiException answered => ModelFailures.FromErrorBody((int)answered.StatusCode, System.Text.Encoding.UTF8.GetBytes(answered.ResponseBody ?? ""), _sent),
        AnthropicServiceException { Body.ValueKind: not JsonValueKind.Undefined } inStream =>
            ModelFailures.FromErrorBody(null, System.Text.Encoding.UTF8.GetBytes(inStream.Body.GetRawText()), _sent),
        AnthropicInvalidDataException => new ModelCallException(ModelFailureKind.Malformed, "sent something that is no message", isTransient: true, inner: exception),
        _ => ModelFailures.FromException(exception.InnerException ?? exception),
    };

    private List<ChatMessage> Prepare(IEnumerable<ChatMessage> messages, ref ChatOptions? options)
    {
        var all = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        var effort = _model.Reasoning ? options?.Reasoning?.Effort : null;
        var thinks = effort is not (null or ReasoningEffort.None) && (_adaptive || MayThink(all));
        options = options?.Clone() ?? new ChatOptions();
        options.Reasoning = thinks ? new ReasoningOptions { Effort = effort, Output = ReasoningOutput.Full } : null;
        // Beside thinking a temperature is refused, and by the adaptive models always.
        options.Temperature = thinks || _adaptive || options.Temperature is not { } temperature ? null : Math.Clamp(temperature, 0f, 1f);
        return [.. all.Select(message => Prepare(message, thinks)).Where(message => message.Contents.Count > 0)];
    }

    // With a budget, thinking goes on after a tool result only when the signed thinking before the tool call is sent back; the API refuses the request otherwise.
    private static bool MayThink(IReadOnlyList<ChatMessage> messages)
    {
        for (var i = messages.Count - 1; i >= 0 && messages[i].Role != ChatRole.User; i--)
        {
            if (messages[i].Role == ChatRole.Assistant && messages[i].Contents.Any(content => content is FunctionCallContent))
            {
                return messages[i].Contents.OfType<TextReasoningContent>().Any(IsSigned);
            }
        }

        return true;
    }

    private ChatMessage Prepare(ChatMessage message, bool thinks)
    {
        if (message.Contents.All(content => IsFit(content, thinks)))
        {
            return message;
        }

        var contents = message.Contents.Where(content => IsFit(content, thinks) || content is DataContent).Select(content => content is DataContent data && !IsFit(data, thinks)
            ? new TextContent($"[{data.Name ?? "attachment"}, {data.MediaType}: not shown, this model does not take it]")
            : content);
        return new ChatMessage(message.Role, [.. contents]);
    }

    private bool IsFit(AIContent content, bool thinks) => content switch
    {
        TextReasoningContent thinking => thinks && IsSigned(thinking),
        TextContent text => text.Text.Length > 0,
        DataContent data => data.HasTopLevelMediaType("image") && _model.Vision,
        _ => true,
    };

    private static bool IsSigned(TextReasoningContent thinking) => !string.IsNullOrEmpty(thinking.ProtectedData);
}

using Microsoft.Extensions.AI;

namespace Xopc.Agents.Models;

/// <summary>One try of one model: its updates as events, with the idle time-out and the deadline. Tool calls are held back until the answer is complete.</summary>
internal sealed class ModelAttempt : IAsyncDisposable
{
    private readonly ModelRequest _request;
    private readonly ModelRef _model;
    private readonly TimeProvider _clock;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenRegistration _callerStops;
    private readonly Queue<ModelEvent> _ready = new();
    private readonly List<FunctionCallContent> _toolCalls = [];
    private readonly Func<CancellationToken, ValueTask<(IChatClient Client, ModelInfo Model)>> _open;
    private readonly TimeSpan _defaultIdle;
    private IAsyncEnumerator<ChatResponseUpdate>? _updates;
    private TimeSpan _idle;
    private UsageDetails? _usage;
    private ChatFinishReason? _finish;
    private bool _hasText;
    private bool _isComplete;
    private bool _isArmed;

    public ModelAttempt(ModelRequest request, ModelRef model, Func<CancellationToken, ValueTask<(IChatClient Client, ModelInfo Model)>> open, TimeSpan idle, TimeProvider clock,
        CancellationToken caller)
    {
        (_request, _model, _open, _defaultIdle, _idle, _clock, _caller) = (request, model, open, idle, idle, clock, caller);
        _stop = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        _callerStops = caller.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _stop);
    }

    /// <summary>Whether the caller was given something that a restart makes void.</summary>
    public bool HasShown { get; private set; }

    public UsageDetails? Usage => _usage;

    /// <summary>The next event; null after <see cref="ModelEvent.Completed"/>.</summary>
    /// <exception cref="ModelCallException">The attempt failed.</exception>
    /// <exception cref="OperationCanceledException">The caller's token fired.</exception>
    public async ValueTask<ModelEvent?> NextAsync()
    {
        try
        {
            while (!_ready.TryPeek(out _) && !_isComplete)
            {
                if (await MoveNextAsync())
                {
                    Accept(_updates!.Current);
                }
                else
                {
                    Complete();
                }
            }
        }
        catch (Exception ex)
        {
            throw Explain(ex);
        }

        if (!_ready.TryDequeue(out var next))
        {
            return null;
        }

        HasShown |= next is ModelEvent.Text or ModelEvent.Thinking;
        return next;
    }

    public async ValueTask DisposeAsync()
    {
        if (_updates is not null)
        {
            await _updates.DisposeAsync();
        }

        await _callerStops.DisposeAsync();
        _stop.Dispose();
    }

    private async ValueTask<bool> MoveNextAsync()
    {
        if (_updates is null)
        {
            Arm();
            var (client, model) = await _open(_stop.Token);
            _idle = model.IdleTimeout ?? _defaultIdle;
            _updates = client.GetStreamingResponseAsync(_request.Messages, Options(model), _stop.Token).GetAsyncEnumerator(_stop.Token);
        }

        var pending = _updates.MoveNextAsync();
        if (!pending.IsCompleted)
        {
            Arm();
        }

        var more = await pending;
        if (_isArmed)
        {
            // Only silence of the model counts: while the caller works on an event the clock stands still.
            _stop.CancelAfter(Timeout.InfiniteTimeSpan);
            _isArmed = false;
        }

        return more;
    }

    private void Arm()
    {
        _isArmed = true;
        var left = _request.Deadline - _clock.GetUtcNow();
        _stop.CancelAfter(left <= TimeSpan.Zero ? TimeSpan.Zero : left < _idle ? left : _idle);
    }

    private ChatOptions Options(ModelInfo model) => new()
    {
        ModelId = model.Id,
        MaxOutputTokens = _request.MaxTokens is { } wanted && model.MaxTokens is { } most ? Math.Min(wanted, most) : _request.MaxTokens,
        Temperature = (float?)_request.Temperature,
        Reasoning = model.Reasoning && ThinkingLevel.ToEffort(_request.Thinking) is { } effort ? new ReasoningOptions { Effort = effort } : null,
        Tools = _request.Tools.Count == 0 ? null : _request.Tools as IList<AITool> ?? [.. _request.Tools],
    };

    private void Accept(ChatResponseUpdate update)
    {
        _finish = update.FinishReason ?? _finish;
        foreach (var content in update.Contents)
        {
            switch (content)
            {
                case TextContent { Text.Length: > 0 } text:
                    _hasText = true;
                    _ready.Enqueue(new ModelEvent.Text(text.Text));
                    break;
                case TextReasoningContent thinking:
                    AcceptThinking(thinking);
                    break;
                case FunctionCallContent call:
                    _toolCalls.Add(call);
                    break;
                case UsageContent usage when _usage is null:
                    _usage = usage.Details;
                    break;
                case UsageContent usage:
                    _usage.Add(usage.Details);
                    break;
            }
        }
    }

    private void AcceptThinking(TextReasoningContent thinking)
    {
        if (thinking.Text.Length > 0)
        {
            _ready.Enqueue(new ModelEvent.Thinking(thinking.Text));
        }

        if (!string.IsNullOrEmpty(thinking.ProtectedData))
        {
            _ready.Enqueue(new ModelEvent.ThinkingSignature(thinking.ProtectedData));
        }
    }

    private void Complete()
    {
        if (_finish is null)
        {
            throw new ModelCallException(ModelFailureKind.Network, "broke off in the middle of an answer", isTransient: true);
        }

        if (!_hasText && _toolCalls.Count == 0)
        {
            throw Nothing();
        }

        HashSet<string>? taken = null;
        foreach (var call in _toolCalls)
        {
            taken ??= [.. _request.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Select(earlier => earlier.CallId)];
            var id = call.CallId;
            // Some servers name no id, others count from 0 in every answer.
            if (string.IsNullOrWhiteSpace(id) || !taken.Add(id))
            {
                id = "call_" + Guid.NewGuid().ToString("N");
                taken.Add(id);
            }

            _ready.Enqueue(new ModelEvent.ToolCall(id, call.Name, ToolCallArguments.ToJson(call)));
        }

        if (_usage is not null)
        {
            _ready.Enqueue(ToEvent(_usage));
        }

        _ready.Enqueue(new ModelEvent.Completed(_model, _toolCalls.Count > 0 ? "toolUse" : _finish == ChatFinishReason.Length ? "length" : "stop"));
        _isComplete = true;
    }

    private ModelCallException Nothing() => _finish switch
    {
        { } reason when reason == ChatFinishReason.Length =>
            new ModelCallException(ModelFailureKind.Empty, "used up its token limit before the first word of its answer"),
        { } reason when reason == ChatFinishReason.ContentFilter => new ModelCallException(ModelFailureKind.BadRequest, "refused to answer"),
        _ => new ModelCallException(ModelFailureKind.Empty, "gave an empty answer", isTransient: true),
    };

    // Input counts what was read anew; what came from the provider's cache, or went into it, stands beside it.
    private static ModelEvent.Usage ToEvent(UsageDetails usage)
    {
        var cacheRead = usage.CachedInputTokenCount ?? 0;
        var cacheWrite = usage.AdditionalCounts?.Where(count => count.Key.Contains("CacheCreation", StringComparison.OrdinalIgnoreCase)).Sum(count => count.Value) ?? 0;
        return new ModelEvent.Usage(Math.Max(0, (usage.InputTokenCount ?? 0) - cacheRead - cacheWrite), usage.OutputTokenCount ?? 0, cacheRead, cacheWrite);
    }

    private Exception Explain(Exception exception)
    {
        if (_caller.IsCancellationRequested)
        {
            return new OperationCanceledException(_caller);
        }

        if (exception is ModelCallException || !_stop.IsCancellationRequested)
        {
            return ModelFailures.FromException(exception);
        }

        return _clock.GetUtcNow() >= _request.Deadline
            ? new ModelCallException(ModelFailureKind.Timeout, "did not finish before the deadline of the turn")
            : new ModelCallException(ModelFailureKind.Timeout, $"said nothing for {_idle.TotalSeconds:0.#} s");
    }
}

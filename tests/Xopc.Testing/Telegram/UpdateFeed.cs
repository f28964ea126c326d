using System.Text.Json.Nodes;

namespace Xopc.Testing.Telegram;

/// <summary>One bot's updates: those it still has to confirm, the poll that waits for more, and every update there ever was.</summary>
internal sealed class UpdateFeed(FakeBot bot, TimeProvider clock)
{
    public const string OtherPoll = "terminated by other getUpdates request; make sure that only one bot instance is running";

    private const int Bound = 200_000;
    private const string WebhookIsSet = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

    /// <summary>Kinds that come only to those who ask for them.</summary>
    private static readonly HashSet<string> OnRequest = ["chat_member", "message_reaction", "message_reaction_count"];

    private readonly Lock _gate = new();
    private readonly Dictionary<int, SeenUpdate> _known = [];
    private readonly Queue<int> _order = new();
    private readonly List<int> _pending = [];
    private readonly Queue<string> _again = new();
    private HashSet<string>? _allowed;
    private PendingPoll? _poll;
    private DateTimeOffset _ghostUntil = DateTimeOffset.MinValue;
    private int _lastId = 700_000_000;

    /// <summary>Null: the server notices at once when a client leaves.</summary>
    public TimeSpan? GhostHold { get; set; }

    public bool ReversesBatches { get; set; }

    public bool HasWebhook { get; private set; }

    public IReadOnlyList<SeenUpdate> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _order.Select(id => _known[id])];
            }
        }
    }

    public int PendingCount
    {
        get
        {
            lock (_gate)
            {
                return _pending.Count;
            }
        }
    }

    public PollState State
    {
        get
        {
            lock (_gate)
            {
                return IsGhosted ? PollState.Ghost : _poll is null ? PollState.None : PollState.Waiting;
            }
        }
    }

    private bool IsGhosted => clock.GetUtcNow() < _ghostUntil;

    public SeenUpdate? Find(int updateId)
    {
        lock (_gate)
        {
            return _known.GetValueOrDefault(updateId);
        }
    }

    /// <summary>Creates an update of a kind, unless the bot asked for other kinds.</summary>
    public void Add(string kind, JsonObject content)
    {
        lock (_gate)
        {
            if (_allowed is null ? OnRequest.Contains(kind) : !_allowed.Contains(kind))
            {
                return;
            }

            var update = new JsonObject { ["update_id"] = ++_lastId, [kind] = content };
            Enqueue(new SeenUpdate(_lastId, kind, update.ToJsonString(), clock.GetUtcNow()));
        }
    }

    /// <summary>Puts in what was given as it is; only a missing id is added.</summary>
    public SeenUpdate Inject(string json)
    {
        var update = JsonNode.Parse(json)!.AsObject();
        lock (_gate)
        {
            if (!update.ContainsKey("update_id"))
            {
                update["update_id"] = ++_lastId;
                json = update.ToJsonString();
            }

            var kind = update.Select(member => member.Key).FirstOrDefault(name => name != "update_id") ?? "";
            var seen = new SeenUpdate((int)update["update_id"]!, kind, json, clock.GetUtcNow());
            Enqueue(seen);
            return seen;
        }
    }

    /// <summary>Hands an update out once more, confirmed or not.</summary>
    public void Repeat(int updateId)
    {
        lock (_gate)
        {
            _again.Enqueue(_known[updateId].Json);
            _poll?.Wake();
        }
    }

    /// <summary>The <c>getUpdates</c> of one client.</summary>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task<BotAnswer> PollAsync(BotRequest request, CancellationToken gone)
    {
        var limit = (int)Math.Clamp(request.Number("limit") ?? 100, 1, 100);
        var timeout = TimeSpan.FromSeconds(Math.Clamp(request.Number("timeout") ?? 0, 0, 50));
        PendingPoll poll;
        Task waiting;
        lock (_gate)
        {
            RefuseWhereOthersOwn();
            EndPoll(OtherPoll);
            Allow(request);
            ConfirmBelow(request.Number("offset") ?? 0);
            if (Take(limit) is var batch && (batch is not null || timeout == TimeSpan.Zero))
            {
                return BotAnswer.OkRaw(batch ?? "[]");
            }

            // Armed before anybody can see it wait: who sees it may move the clock.
            _poll = poll = new PendingPoll();
            waiting = poll.Woken.WaitAsync(timeout, clock, gone);
        }

        bot.Signal();
        return await WaitAsync(poll, waiting, limit);
    }

    public void Allow(BotRequest request)
    {
        if (request.Json("allowed_updates") is JsonArray kinds)
        {
            lock (_gate)
            {
                _allowed = kinds.Count == 0 ? null : [.. kinds.Select(kind => (string)kind!)];
            }
        }
    }

    public void UseWebhook(bool isOn, bool dropsPending)
    {
        lock (_gate)
        {
            HasWebhook = isOn;
            if (isOn)
            {
                EndPoll("terminated by setWebhook request");
            }

            if (dropsPending)
            {
                ConfirmBelow(int.MaxValue);
            }
        }
    }

    /// <summary>The oldest that is not confirmed, counted as handed out.</summary>
    public SeenUpdate? TakeOldest()
    {
        lock (_gate)
        {
            return _pending.Count == 0 ? null : HandOut(_pending[0]);
        }
    }

    public void Confirm(int updateId)
    {
        lock (_gate)
        {
            _pending.Remove(updateId);
            Confirmed(updateId);
        }

        bot.Signal();
    }

    private async Task<BotAnswer> WaitAsync(PendingPoll poll, Task waiting, int limit)
    {
        try
        {
            await waiting;
        }
        catch (TimeoutException)
        {
            // Nothing came: an empty answer.
        }
        catch (OperationCanceledException)
        {
            Leave(poll);
            throw;
        }

        lock (_gate)
        {
            if (poll.Refusal is { } refusal)
            {
                throw refusal;
            }

            _poll = null;
            return BotAnswer.OkRaw(Take(limit) ?? "[]");
        }
    }

    private void Leave(PendingPoll poll)
    {
        lock (_gate)
        {
            if (_poll == poll)
            {
                _poll = null;
                _ghostUntil = GhostHold is { } hold ? clock.GetUtcNow() + hold : DateTimeOffset.MinValue;
            }
        }

        bot.Signal();
    }

    private void RefuseWhereOthersOwn()
    {
        if (HasWebhook)
        {
            throw BotApiException.Conflict(WebhookIsSet);
        }

        if (IsGhosted)
        {
            throw BotApiException.Conflict(OtherPoll);
        }
    }

    private void EndPoll(string why)
    {
        _poll?.End(BotApiException.Conflict(why));
        _poll = null;
    }

    private void Enqueue(SeenUpdate update)
    {
        if (_pending.Count == Bound)
        {
            throw new InvalidOperationException($"More than {Bound} updates wait for {bot.Username}.");
        }

        if (_known.TryAdd(update.UpdateId, update))
        {
            _order.Enqueue(update.UpdateId);
        }
        else
        {
            _known[update.UpdateId] = update;
        }

        if (_order.Count > 2 * Bound)
        {
            _known.Remove(_order.Dequeue());
        }

        _pending.Add(update.UpdateId);
        _poll?.Wake();
        bot.Signal();
    }

    /// <summary>Positive: those below are done with. Negative: only so many of the last remain.</summary>
    private void ConfirmBelow(long offset)
    {
        var end = offset >= 0 ? 0 : Math.Max(0, _pending.Count + (int)Math.Max(offset, -Bound));
        var done = offset >= 0 ? _pending.FindAll(id => id < offset) : _pending.GetRange(0, end);
        if (done.Count == 0)
        {
            return;
        }

        done.ForEach(Confirmed);
        _pending.RemoveAll(new HashSet<int>(done).Contains);
        bot.Signal();
    }

    private void Confirmed(int updateId)
    {
        if (_known.TryGetValue(updateId, out var update) && update.ConfirmedAt is null)
        {
            _known[updateId] = update with { ConfirmedAt = clock.GetUtcNow() };
        }
    }

    private string? Take(int limit)
    {
        var batch = new List<string>();
        while (batch.Count < limit && _again.TryDequeue(out var again))
        {
            batch.Add(again);
        }

        batch.AddRange(_pending.Take(limit - batch.Count).Select(id => HandOut(id).Json));
        if (ReversesBatches)
        {
            batch.Reverse();
        }

        return batch.Count == 0 ? null : "[" + string.Join(',', batch) + "]";
    }

    private SeenUpdate HandOut(int updateId)
    {
        var update = _known[updateId];
        return _known[updateId] = update with { Deliveries = update.Deliveries + 1 };
    }
}

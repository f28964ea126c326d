using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Messaging;

/// <summary>
/// The keys a relay may not send for now. Over Redis at most one message of a key is on its way: the next goes when its receiver has the one before, so that
/// neither three consumers of one stream nor an entry that Redis lost can turn two messages of a key around. Valid only under the relay's lease.
/// </summary>
internal sealed class InFlightKeys
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Stream, string Key), Hold> _holds = [];
    private readonly Dictionary<string, (string Stream, string Key)> _keysById = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _holds.Count;
            }
        }
    }

    /// <summary>
    /// Picks the rows that may go now and puts them in flight as published at <paramref name="nowMs"/>: the first of each free key, or with
    /// <paramref name="keysTogether"/> all of them. One step under the lock: a receipt that freed a key between two of its rows would let the second go
    /// before the first.
    /// </summary>
    public List<OutboxRow> Take(List<OutboxRow> rows, int max, bool keysTogether, long nowMs)
    {
        var taken = new List<OutboxRow>();
        HashSet<(string, string)> now = [];
        lock (_gate)
        {
            foreach (var row in rows)
            {
                if (taken.Count == max)
                {
                    break;
                }

                var key = (row.Message.Stream, row.Message.Key);
                if (TryAdd(key, row.Message.Id, nowMs) ? now.Add(key) : keysTogether && now.Contains(key))
                {
                    taken.Add(row);
                }
            }
        }

        return taken;
    }

    /// <summary>The message did not go: its key may be tried again from <paramref name="retryAtMs"/> on.</summary>
    public void Postpone(StreamMessage message, long retryAtMs)
    {
        var key = (message.Stream, message.Key);
        lock (_gate)
        {
            if (_holds.TryGetValue(key, out var hold) && hold.MessageId == message.Id)
            {
                _holds[key] = hold with { RetryAtMs = retryAtMs };
            }
        }
    }

    /// <summary>The messages arrived, or never left. True when a key came free.</summary>
    public bool Release(IEnumerable<string> messageIds)
    {
        var released = false;
        lock (_gate)
        {
            foreach (var id in messageIds)
            {
                released |= _keysById.TryGetValue(id, out var key) && Remove(key);
            }
        }

        return released;
    }

    /// <summary>Forgets what was published before; to be called after the sweep made those rows publishable again, never earlier.</summary>
    public void ReleaseBefore(long publishedBeforeMs)
    {
        lock (_gate)
        {
            foreach (var (key, _) in _holds.Where(pair => pair.Value.SinceMs < publishedBeforeMs).ToList())
            {
                Remove(key);
            }
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _holds.Clear();
            _keysById.Clear();
        }
    }

    private bool TryAdd((string Stream, string Key) key, string messageId, long nowMs)
    {
        if (_holds.TryGetValue(key, out var hold) && !(hold.RetryAtMs <= nowMs))
        {
            return false;
        }

        Remove(key);
        _holds[key] = new Hold(messageId, nowMs, RetryAtMs: null);
        _keysById[messageId] = key;
        return true;
    }

    private bool Remove((string Stream, string Key) key)
    {
        if (!_holds.Remove(key, out var hold))
        {
            return false;
        }

        _keysById.Remove(hold.MessageId);
        return true;
    }

    private readonly record struct Hold(string MessageId, long SinceMs, long? RetryAtMs);
}

namespace Xopc.Agents.Models;

/// <summary>
/// Models that asked to be left alone. After the wait one call goes through as a probe; while it runs the others still go past. A probe that works
/// brings the model back, one that fails doubles the wait.
/// </summary>
internal sealed class ModelCooldowns(TimeProvider clock)
{
    private const int MaxEntries = 256;
    private static readonly TimeSpan First = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>A probe whose end nobody reported, for whatever reason, blocks no longer than this.</summary>
    private static readonly TimeSpan ProbeLifetime = TimeSpan.FromMinutes(5);

    private sealed record Entry(int Failures, DateTimeOffset Until, DateTimeOffset ProbeUntil);

    private readonly Dictionary<ModelRef, Entry> _entries = [];
    private readonly Lock _gate = new();

    /// <summary>Whether the model may be called now. Saying yes to a cooling model makes the caller its probe: it reports how that went.</summary>
    public bool TryEnter(ModelRef model)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(model, out var entry))
            {
                return true;
            }

            var now = clock.GetUtcNow();
            if (now < entry.Until || now < entry.ProbeUntil)
            {
                return false;
            }

            _entries[model] = entry with { ProbeUntil = now + ProbeLifetime };
            return true;
        }
    }

    public bool IsCooling(ModelRef model)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(model, out var entry) && clock.GetUtcNow() < (entry.Until > entry.ProbeUntil ? entry.Until : entry.ProbeUntil);
        }
    }

    public void Succeeded(ModelRef model)
    {
        lock (_gate)
        {
            _entries.Remove(model);
        }
    }

    /// <param name="wait">How long the provider asked for; null takes 30 s, doubled for every failure in a row up to 5 min.</param>
    public void Failed(ModelRef model, TimeSpan? wait)
    {
        lock (_gate)
        {
            var failures = _entries.TryGetValue(model, out var entry) ? entry.Failures + 1 : 1;
            var pause = wait ?? First * Math.Pow(2, Math.Min(failures - 1, 10));
            var now = clock.GetUtcNow();
            MakeRoom(model, now);
            _entries[model] = new Entry(failures, now + (pause > Longest ? Longest : pause), now);
        }
    }

    /// <summary>The probe ended without saying anything about the model's load: it was cancelled, or failed in another way.</summary>
    public void Left(ModelRef model)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(model, out var entry))
            {
                _entries[model] = entry with { ProbeUntil = clock.GetUtcNow() };
            }
        }
    }

    private void MakeRoom(ModelRef model, DateTimeOffset now)
    {
        if (_entries.Count < MaxEntries || _entries.ContainsKey(model))
        {
            return;
        }

        var oldest = _entries.MinBy(entry => entry.Value.Until);
        _entries.Remove(oldest.Key);
        foreach (var (key, _) in _entries.Where(entry => entry.Value.Until < now).ToList())
        {
            _entries.Remove(key);
        }
    }
}

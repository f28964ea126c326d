using System.Collections.Concurrent;

namespace Xopc.Channels.Deliveries;

/// <summary>
/// The buckets of this process. A bucket is the moment at which it is empty again (GCRA), so an idle one costs nothing and is forgotten. Of several workers each
/// takes its share: the interval is as many times as long.
/// </summary>
internal sealed class LocalRates(TimeProvider clock)
{
    /// <summary>A platform that asks for more is asked again after this.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromDays(1);

    private const int MaxBuckets = 20_000;

    private readonly long _begun = clock.GetTimestamp();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _emptyAt = new(StringComparer.Ordinal); // in ticks since the start
    private readonly ConcurrentDictionary<string, long> _pausedUntil = new(StringComparer.Ordinal); // owners the platform told to wait

    public SendWait TryTake(string owner, IReadOnlyList<(string Name, Rate Rate)> buckets, int workers)
    {
        var now = Now;
        if (PauseOf(owner, now) is { Time.Ticks: > 0 } pause)
        {
            return pause;
        }

        lock (_gate)
        {
            var wait = buckets.Count == 0 ? 0 : buckets.Max(bucket => Share(bucket.Rate, workers).WaitAt(now, _emptyAt.GetValueOrDefault(bucket.Name)));
            if (wait > 0)
            {
                return new SendWait(TimeSpan.FromTicks(wait), IsPause: false);
            }

            Take(buckets, workers, now);
            return SendWait.None;
        }
    }

    /// <summary>A message went out by a decision made elsewhere: what is decided here afterwards knows of it.</summary>
    public void Took(IReadOnlyList<(string Name, Rate Rate)> buckets)
    {
        lock (_gate)
        {
            Take(buckets, workers: 1, Now);
        }
    }

    public (int Free, SendWait Wait) Look(string owner, string bucket, Rate rate, int workers)
    {
        var now = Now;
        if (PauseOf(owner, now) is { Time.Ticks: > 0 } pause)
        {
            return (0, pause);
        }

        lock (_gate)
        {
            var (share, emptyAt) = (Share(rate, workers), _emptyAt.GetValueOrDefault(bucket));
            var wait = share.WaitAt(now, emptyAt);
            return wait > 0 ? (0, new SendWait(TimeSpan.FromTicks(wait), IsPause: false)) : ((int)share.FreeAt(now, emptyAt), SendWait.None);
        }
    }

    public void Pause(string owner, TimeSpan time)
    {
        var now = Now;
        foreach (var over in _pausedUntil.Where(paused => paused.Value <= now).ToList())
        {
            _pausedUntil.TryRemove(over);
        }

        var end = now + Math.Min(time.Ticks, LongestPause.Ticks);
        _pausedUntil.AddOrUpdate(owner, static (_, until) => until, static (_, before, until) => Math.Max(before, until), end);
    }

    public SendWait PauseOf(string owner) => PauseOf(owner, Now);

    // Not the time of day: when that is set back, nobody waits until it is reached again.
    private long Now => clock.GetElapsedTime(_begun).Ticks;

    private SendWait PauseOf(string owner, long now) => new(TimeSpan.FromTicks(Math.Max(0, _pausedUntil.GetValueOrDefault(owner) - now)), IsPause: true);

    private static Rate Share(Rate rate, int workers) => workers <= 1 ? rate : new Rate(rate.Interval * workers, Math.Max(1, rate.Burst / workers));

    private void Take(IReadOnlyList<(string Name, Rate Rate)> buckets, int workers, long now)
    {
        Prune(now);
        foreach (var (name, rate) in buckets)
        {
            _emptyAt[name] = Math.Max(now, _emptyAt.GetValueOrDefault(name)) + Share(rate, workers).Interval.Ticks;
        }
    }

    private void Prune(long now)
    {
        if (_emptyAt.Count < MaxBuckets)
        {
            return;
        }

        // A bucket that is full again says no more than one that is not there.
        foreach (var (key, emptyAt) in _emptyAt)
        {
            if (emptyAt <= now)
            {
                _emptyAt.Remove(key);
            }
        }
    }
}

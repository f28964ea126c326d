using Microsoft.Extensions.Time.Testing;

namespace Xopc.Agents.Tests.Models;

/// <summary>A fake clock that records every timer, skips short pauses, and tells when a longer wait was armed.</summary>
internal sealed class PausingClock : FakeTimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<TimeSpan> _pauses = [];
    private readonly List<(Func<TimeSpan, bool> Wanted, TaskCompletionSource Armed)> _waiting = [];

    /// <summary>Pauses up to this length end at once.</summary>
    public TimeSpan Skips { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The short pauses that were skipped.</summary>
    public IReadOnlyList<TimeSpan> Pauses
    {
        get
        {
            lock (_gate)
            {
                return [.. _pauses];
            }
        }
    }

    /// <summary>Ends when a timer of such a length is armed; ask before what arms it.</summary>
    public Task Armed(Func<TimeSpan, bool> wanted)
    {
        var armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Add((wanted, armed));
        }

        return armed.Task;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var isPause = period == Timeout.InfiniteTimeSpan && dueTime > TimeSpan.Zero && dueTime <= Skips;
        lock (_gate)
        {
            if (isPause)
            {
                _pauses.Add(dueTime);
            }
        }

        var timer = new WatchedTimer(base.CreateTimer(callback, state, isPause ? TimeSpan.Zero : dueTime, period), Note);
        Note(dueTime);
        return timer;
    }

    private void Note(TimeSpan dueTime)
    {
        lock (_gate)
        {
            foreach (var (_, armed) in _waiting.Where(waiting => waiting.Wanted(dueTime)))
            {
                armed.TrySetResult();
            }

            _waiting.RemoveAll(waiting => waiting.Armed.Task.IsCompleted);
        }
    }

    private sealed class WatchedTimer(ITimer inner, Action<TimeSpan> changed) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var done = inner.Change(dueTime, period);
            changed(dueTime);
            return done;
        }

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

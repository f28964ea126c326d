using Microsoft.Extensions.Time.Testing;

namespace Xopc.Channels.Tests.Fakes;

/// <summary>A fake clock that tells when a wait of a certain length was armed, so that a test lets time pass only for who waits for it.</summary>
internal sealed class ArmedClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TimeSpan, int> _armed = [];
    private readonly List<(TimeSpan Length, int Times, TaskCompletionSource Reached)> _waiting = [];

    /// <summary>Ends when so many waits of this length have been armed since the clock began.</summary>
    public Task ArmedAsync(TimeSpan length, int times, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_armed.GetValueOrDefault(length) >= times)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((length, times, reached));
            return reached.Task.WaitAsync(cancellationToken);
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        lock (_gate)
        {
            var times = _armed[dueTime] = _armed.GetValueOrDefault(dueTime) + 1;
            foreach (var waiting in _waiting.Where(waiting => waiting.Length == dueTime && waiting.Times <= times))
            {
                waiting.Reached.TrySetResult();
            }
        }

        return timer;
    }
}

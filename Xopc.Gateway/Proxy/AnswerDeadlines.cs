using System.Collections.Concurrent;

namespace Xopc.Gateway.Proxy;

/// <summary>Gives a forwarded request up when its answer has not begun within the route's <see cref="AnswerPatience"/>: a service that hangs keeps nobody longer.</summary>
internal sealed class AnswerDeadlines
{
    // Of requests that ended in their time: a source with its timer is 400 bytes and a turn in the timer queue's lock. What is beyond this many is collected.
    private const int MostKept = 256;

    private readonly ConcurrentBag<Deadline> _kept = [];
    private int _count;

    /// <summary>Until <see cref="End"/> the request is aborted when its client leaves and when time is up. Null: the route has no limit.</summary>
    public Deadline? Begin(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<AnswerPatience>()?.Limit is not { } limit)
        {
            return null;
        }

        var deadline = Take();
        deadline.Set(limit);
        deadline.Left = context.RequestAborted;
        deadline.Leaving = deadline.Left.UnsafeRegister(static deadline => ((Deadline)deadline!).Cancel(), deadline);
        context.Features.Set(deadline);
        context.RequestAborted = deadline.Token;
        return deadline;
    }

    /// <summary>The answer has begun: from here on only silence ends it.</summary>
    public static void Met(HttpContext context) => context.Features.Get<Deadline>()?.Lift();

    /// <summary>What comes after this may still answer. True: time was up before the answer had begun.</summary>
    public bool End(HttpContext context, Deadline deadline)
    {
        var isLate = deadline.IsCancellationRequested && !deadline.Left.IsCancellationRequested && !context.Response.HasStarted;
        context.RequestAborted = deadline.Left;
        context.Features.Set<Deadline>(null);
        deadline.Lift();
        GiveBack(deadline);
        return isLate;
    }

    private Deadline Take()
    {
        if (!_kept.TryTake(out var kept))
        {
            return new Deadline();
        }

        Interlocked.Decrement(ref _count);
        return kept;
    }

    private void GiveBack(Deadline deadline)
    {
        // Not where the client's leaving is just being told, or where time ran out: what was cancelled is never used again, nor disposed of under the hand that cancels.
        if (!deadline.Leaving.Unregister() || deadline.IsOver || !deadline.TryReset())
        {
            deadline.Retire();
            return;
        }

        (deadline.Left, deadline.Leaving) = (default, default);
        if (Interlocked.Increment(ref _count) <= MostKept)
        {
            _kept.Add(deadline);
        }
        else
        {
            Interlocked.Decrement(ref _count);
            deadline.Dispose();
        }
    }

    /// <summary>
    /// Of one request at a time. Its timer is left running from one request to the next: a request that ends in its time changes a number, and the timer,
    /// when it fires, goes on for what is left. Setting and stopping it for each one took the timer queue's lock three times.
    /// </summary>
    internal sealed class Deadline : CancellationTokenSource
    {
        private const long Never = long.MaxValue;

        private readonly Lock _gate = new();
        private readonly Timer _timer;

        // In milliseconds of the system's uptime.
        private long _due = Never;
        private long _firesAt = Never;

        public Deadline()
        {
            // As a timer of the framework's own: it serves many requests and belongs to none of them.
            using var noRequest = ExecutionContext.SuppressFlow();
            _timer = new Timer(static deadline => ((Deadline)deadline!).Look(), this, Timeout.Infinite, Timeout.Infinite);
        }

        /// <summary>The client is gone.</summary>
        public CancellationToken Left { get; set; }

        public CancellationTokenRegistration Leaving { get; set; }

        /// <summary>Time was up; the source is cancelled, or about to be.</summary>
        public bool IsOver { get; private set; }

        public void Set(TimeSpan limit)
        {
            lock (_gate)
            {
                _due = Environment.TickCount64 + (long)limit.TotalMilliseconds;
                if (_due < _firesAt)
                {
                    FireAt(_due, limit);
                }
            }
        }

        public void Lift()
        {
            lock (_gate)
            {
                _due = Never;
            }
        }

        /// <summary>Never to be set again; whoever waits for the source may still do so.</summary>
        public void Retire() => _timer.Dispose();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                Retire();
            }

            base.Dispose(disposing);
        }

        private void Look()
        {
            lock (_gate)
            {
                _firesAt = Never;
                if (_due == Never)
                {
                    return;
                }

                var left = _due - Environment.TickCount64;
                if (left > 0)
                {
                    FireAt(_due, TimeSpan.FromMilliseconds(left));
                    return;
                }

                IsOver = true; // decided under the lock: from here on nobody else gets this source
            }

            Cancel();
        }

        private void FireAt(long time, TimeSpan wait)
        {
            _firesAt = time;
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }
}

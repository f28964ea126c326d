using System.Collections.Concurrent;

namespace Xopc.Gateway.Proxy;

/// <summary>Gives a forwarded request up when its answer has not begun within the route's <see cref="AnswerPatience"/>: a service that hangs keeps nobody longer.</summary>
internal sealed class AnswerDeadlines
{
    // Of requests that ended in their time: a source with its timer is 300 bytes and a turn in the timer queue's lock. What is beyond this many is collected.
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
        deadline.CancelAfter(limit);
        deadline.Left = context.RequestAborted;
        deadline.Leaving = deadline.Left.UnsafeRegister(static deadline => ((Deadline)deadline!).Cancel(), deadline);
        context.Features.Set(deadline);
        context.RequestAborted = deadline.Token;
        return deadline;
    }

    /// <summary>The answer has begun: from here on only silence ends it.</summary>
    public static void Met(HttpContext context) => context.Features.Get<Deadline>()?.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>What comes after this may still answer. True: time was up before the answer had begun.</summary>
    public bool End(HttpContext context, Deadline deadline)
    {
        var isLate = deadline.IsCancellationRequested && !deadline.Left.IsCancellationRequested && !context.Response.HasStarted;
        context.RequestAborted = deadline.Left;
        context.Features.Set<Deadline>(null);
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
        // False where the client's leaving is just being told, or where time ran out: what was cancelled is never used again, nor disposed of under the hand that cancels.
        if (!deadline.Leaving.Unregister() || !deadline.TryReset())
        {
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

    /// <summary>Of one request at a time.</summary>
    internal sealed class Deadline : CancellationTokenSource
    {
        /// <summary>The client is gone.</summary>
        public CancellationToken Left { get; set; }

        public CancellationTokenRegistration Leaving { get; set; }
    }
}

using System.Collections.Concurrent;
using Yarp.ReverseProxy.Forwarder;

namespace Xopc.Gateway.Proxy;

/// <summary>Gives a forwarded request up when its answer has not begun within the route's <see cref="AnswerPatience"/>: a service that hangs keeps nobody longer.</summary>
internal sealed class AnswerDeadline(RequestDelegate next)
{
    // Of requests that ended in their time: a source with its timer is 300 bytes and a turn in the timer queue's lock. What is beyond this many is collected.
    private const int MostKept = 256;

    private readonly ConcurrentBag<Deadline> _kept = [];
    private int _count;

    /// <summary>The answer has begun: from here on only silence ends it.</summary>
    public static void Met(HttpContext context) => context.Features.Get<Deadline>()?.CancelAfter(Timeout.InfiniteTimeSpan);

    public Task InvokeAsync(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<AnswerPatience>()?.Limit is { } limit ? WithinAsync(context, limit) : next(context);

    private async Task WithinAsync(HttpContext context, TimeSpan limit)
    {
        var left = context.RequestAborted;
        var either = Take();
        either.CancelAfter(limit);
        var leaving = left.UnsafeRegister(static deadline => ((Deadline)deadline!).Cancel(), either);
        context.Features.Set(either);
        context.RequestAborted = either.Token;
        var late = false;
        try
        {
            await next(context);
            late = either.IsCancellationRequested && !left.IsCancellationRequested && !context.Response.HasStarted;
        }
        finally
        {
            // What comes after this still wants to answer.
            context.RequestAborted = left;
            context.Features.Set<Deadline>(null);
            GiveBack(either, leaving);
        }

        if (late)
        {
            context.Features.Set<IForwarderErrorFeature>(new TooLate());
        }
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

    private void GiveBack(Deadline deadline, CancellationTokenRegistration leaving)
    {
        // False where the client's leaving is just being told, or where time ran out: what was cancelled is never used again, nor disposed of under the hand that cancels.
        if (!leaving.Unregister() || !deadline.TryReset())
        {
            return;
        }

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

    private sealed class Deadline : CancellationTokenSource;

    private sealed class TooLate : IForwarderErrorFeature
    {
        public ForwarderError Error => ForwarderError.RequestTimedOut;

        public Exception? Exception => null;
    }
}

using Yarp.ReverseProxy.Forwarder;

namespace Xopc.Gateway.Proxy;

/// <summary>Gives a forwarded request up when its answer has not begun within the route's <see cref="AnswerPatience"/>: a service that hangs keeps nobody longer.</summary>
internal sealed class AnswerDeadline(RequestDelegate next)
{
    /// <summary>The answer has begun: from here on only silence ends it.</summary>
    public static void Met(HttpContext context) => context.Features.Get<Timer>()?.Left.CancelAfter(Timeout.InfiniteTimeSpan);

    public Task InvokeAsync(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<AnswerPatience>()?.Limit is { } limit ? WithinAsync(context, limit) : next(context);

    private async Task WithinAsync(HttpContext context, TimeSpan limit)
    {
        var left = context.RequestAborted;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(left);
        either.CancelAfter(limit);
        context.Features.Set(new Timer(either));
        context.RequestAborted = either.Token;
        try
        {
            await next(context);
        }
        finally
        {
            // What comes after this still wants to answer.
            context.RequestAborted = left;
            context.Features.Set<Timer>(null);
        }

        if (either.IsCancellationRequested && !left.IsCancellationRequested && !context.Response.HasStarted)
        {
            context.Features.Set<IForwarderErrorFeature>(new TooLate());
        }
    }

    private sealed record Timer(CancellationTokenSource Left);

    private sealed class TooLate : IForwarderErrorFeature
    {
        public ForwarderError Error => ForwarderError.RequestTimedOut;

        public Exception? Exception => null;
    }
}

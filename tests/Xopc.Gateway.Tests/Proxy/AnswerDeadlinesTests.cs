using Microsoft.AspNetCore.Http;
using Xopc.Gateway.Proxy;

namespace Xopc.Gateway.Tests.Proxy;

public sealed class AnswerDeadlinesTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(20);

    // Longer than it takes to come to the next line, however busy the machine.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    private readonly AnswerDeadlines _deadlines = new();
    private readonly CancellationTokenSource _client = new();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task A_short_patience_ends_in_its_time_after_a_request_with_a_long_one()
    {
        var patient = Request(Long);
        var kept = _deadlines.Begin(patient)!;
        Assert.False(_deadlines.End(patient, kept));

        var hurried = Request(Short);
        var deadline = _deadlines.Begin(hurried)!;
        await CancelledAsync(hurried.RequestAborted);

        Assert.Same(kept, deadline);
        Assert.True(_deadlines.End(hurried, deadline));
    }

    [Fact]
    public async Task What_was_given_up_serves_no_further_request()
    {
        var late = Request(Short);
        var over = _deadlines.Begin(late)!;
        await CancelledAsync(late.RequestAborted);
        _deadlines.End(late, over);

        var next = Request(Long);
        var deadline = _deadlines.Begin(next)!;

        Assert.NotSame(over, deadline);
        Assert.False(next.RequestAborted.IsCancellationRequested);
    }

    [Fact]
    public async Task An_answer_that_has_begun_is_given_up_no_more()
    {
        var answered = Request(Moment);
        var deadline = _deadlines.Begin(answered)!;
        AnswerDeadlines.Met(answered);

        // Set after it and for as long: when this one is over the other would be.
        var late = Request(Moment);
        _ = _deadlines.Begin(late)!;
        await CancelledAsync(late.RequestAborted);

        Assert.False(deadline.IsOver);
        Assert.False(answered.RequestAborted.IsCancellationRequested);
        Assert.False(_deadlines.End(answered, deadline));
    }

    [Fact]
    public void A_client_that_leaves_ends_the_request_and_is_not_taken_for_a_late_answer()
    {
        var request = Request(Long);
        var deadline = _deadlines.Begin(request)!;

        _client.Cancel();

        Assert.True(request.RequestAborted.IsCancellationRequested);
        Assert.False(_deadlines.End(request, deadline));
        Assert.Equal(_client.Token, request.RequestAborted);
    }

    private DefaultHttpContext Request(TimeSpan patience)
    {
        var context = new DefaultHttpContext { RequestAborted = _client.Token };
        context.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(new AnswerPatience(patience)), "forwarded"));
        return context;
    }

    private static async Task CancelledAsync(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = token.Register(cancelled.SetResult);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }
}

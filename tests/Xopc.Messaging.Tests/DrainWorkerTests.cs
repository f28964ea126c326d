using Microsoft.Extensions.Logging;
using Xopc.Messaging.Tests.Support;

namespace Xopc.Messaging.Tests;

public sealed class DrainWorkerTests
{
    [Fact]
    public async Task A_worker_that_fails_on_and_on_says_so_with_growing_distance_and_says_when_it_works_again()
    {
        var lines = new LineLog();
        using var worker = new FailingWorker(failures: 120, lines);

        await worker.StartAsync(TestContext.Current.CancellationToken);
        await Within.TimeAsync(worker.Drained, "the worker gets through");
        await worker.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                "Warning flaky: pass failed, 1 in a row; trying again.",
                "Warning flaky: pass failed, 10 in a row; trying again.",
                "Warning flaky: pass failed, 100 in a row; trying again.",
                "Information flaky: works again after 120 failed passes.",
            ],
            lines.Lines);
    }

    private sealed class FailingWorker(int failures, ILogger logger) : DrainWorker(new HastyClock(), logger)
    {
        private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _passes;

        public override string Name => "flaky";

        public Task Drained => _drained.Task;

        public override Task<bool> DrainOnceAsync(CancellationToken cancellationToken) =>
            ++_passes <= failures ? throw new InvalidOperationException("not yet") : Task.FromResult(false);

        protected override Task WaitForWorkAsync(CancellationToken cancellationToken)
        {
            _drained.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }

    /// <summary>Every wait is over at once.</summary>
    private sealed class HastyClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}

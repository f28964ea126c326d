using Serilog.Events;
using Xopc.ServiceDefaults.Logging;

namespace Xopc.ServiceDefaults.Tests.Logging;

public sealed class LogQueueTests
{
    [Fact]
    public void A_stuck_output_blocks_nobody_and_the_lines_it_missed_are_counted_and_said()
    {
        var output = new GatedOutput();
        using (var queue = new LogQueue(output, TimeProvider.System, capacity: 3))
        {
            queue.Add(Line("first"));
            output.Entered.Wait(Patience.Limit, TestContext.Current.CancellationToken); // the writer holds "first" and is stuck
            foreach (var text in (string[])["a", "b", "c", "lost", "lost"])
            {
                queue.Add(Line(text)); // returns although nobody writes
            }

            output.Gate.Set();
        }

        Assert.Equal(["first", "2 log lines were dropped: the queue of this output was full", "a", "b", "c"], output.Written);
        Assert.True(output.Disposed);
    }

    [Fact]
    public void Closing_writes_what_is_queued_and_takes_nothing_more()
    {
        var output = new GatedOutput();
        output.Gate.Set();
        var queue = new LogQueue(output, TimeProvider.System);
        for (var i = 0; i < 1000; i++)
        {
            queue.Add(Line("x"));
        }

        queue.Dispose();
        queue.Add(Line("late"));
        queue.Dispose();

        Assert.Equal(1000, output.Written.Count);
    }

    [Fact]
    public void An_output_that_throws_costs_its_batch_not_the_log()
    {
        var output = new GatedOutput { Fail = true };
        output.Gate.Set();
        using (var queue = new LogQueue(output, TimeProvider.System))
        {
            queue.Add(Line("lost"));
            output.Entered.Wait(Patience.Limit, TestContext.Current.CancellationToken);
            output.Fail = false;
            queue.Add(Line("kept"));
        }

        Assert.Contains("kept", output.Written);
    }

    private static LogLine Line(string message) => new(default, LogEventLevel.Information, "", message, null, null, null, [], null);

    private sealed class GatedOutput : ILogOutput
    {
        public ManualResetEventSlim Entered { get; } = new();

        public ManualResetEventSlim Gate { get; } = new();

        public List<string> Written { get; } = [];

        public volatile bool Fail;

        public bool Disposed { get; private set; }

        public void Write(IReadOnlyList<LogLine> lines)
        {
            var failing = Fail;
            Entered.Set();
            Gate.Wait(Patience.Limit);
            if (failing)
            {
                throw new InvalidOperationException("broken");
            }

            Written.AddRange(lines.Select(l => l.Message));
        }

        public void Dispose() => Disposed = true;
    }
}

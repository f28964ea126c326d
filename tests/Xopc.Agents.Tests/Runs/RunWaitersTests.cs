using Xopc.Agents.Runs;

namespace Xopc.Agents.Tests.Runs;

public sealed class RunWaitersTests
{
    private readonly RunWaiters _waiters = new();

    [Fact]
    public async Task Of_two_callers_that_wait_for_a_run_one_may_leave_and_the_other_is_told()
    {
        _ = _waiters.Register("r");
        var stays = _waiters.Register("r");

        _waiters.Forget("r");
        _waiters.Complete("r", new RunOutcome(RunStates.Ok, "answer", null));

        Assert.Equal("answer", (await stays.WaitAsync(AgentsHost.Generous, AgentsHost.Cancelled)).Reply);
    }

    [Fact]
    public void Who_waits_for_a_run_that_leaves_this_process_is_told_to_look_elsewhere()
    {
        var waiting = _waiters.Register("r");

        _waiters.LookElsewhere("r");

        Assert.True(waiting.IsCanceled);
        Assert.False(_waiters.Register("r").IsCompleted);
    }

    [Fact]
    public void Nothing_is_kept_of_runs_that_nobody_waits_for()
    {
        _waiters.Register("left");
        _waiters.Forget("left");
        _waiters.Register("ended");
        _waiters.Complete("ended", new RunOutcome(RunStates.Ok, "", null));
        _waiters.Register("elsewhere");
        _waiters.LookElsewhere("elsewhere");
        _waiters.Forget("unknown");

        Assert.Equal(0, _waiters.Count);
    }
}

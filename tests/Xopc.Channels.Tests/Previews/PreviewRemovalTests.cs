using Xopc.Channels.Deliveries;
using Xopc.Channels.Previews;
using Xopc.Channels.Tests.Deliveries;

namespace Xopc.Channels.Tests.Previews;

public sealed class PreviewRemovalTests : IAsyncDisposable
{
    private const string Words = PreviewRig.Words;
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(11);

    private readonly PreviewRig _rig = new();

    [Fact]
    public async Task What_a_turn_left_that_came_to_nothing_goes_at_once()
    {
        var preview = await _rig.BeginAsync();
        await _rig.Ledger.Worker.Showing.LeaveAsync(preview);

        await _rig.Removal.RemoveAsync(PreviewRig.TurnId);

        Assert.Empty(_rig.Seen);
        Assert.Null(await _rig.RowAsync());
    }

    [Fact]
    public async Task An_answer_that_waits_keeps_its_preview()
    {
        await _rig.BeginAsync();
        await _rig.AnswerAsync("the answer");
        _rig.Ledger.Clock.Advance(Long);

        await _rig.Removal.RemoveAsync(PreviewRig.TurnId);
        await _rig.Removal.SweepAsync(LedgerRig.Cancelled);

        Assert.Equal([Words + "…"], _rig.Seen);
        await _rig.Ledger.RunAsync();
        Assert.Equal(["the answer"], _rig.Seen);
    }

    [Fact]
    public async Task What_nobody_follows_goes_after_a_while_and_an_answer_that_comes_later_is_a_message_of_its_own()
    {
        var preview = await _rig.BeginAsync();
        _rig.Ledger.Clock.Advance(Long);
        await _rig.Ledger.Worker.Owner.RenewAsync(LedgerRig.Cancelled);
        Assert.Equal(0, await _rig.Removal.SweepAsync(LedgerRig.Cancelled)); // followed: the run may think for long
        await _rig.Ledger.Worker.Showing.LeaveAsync(preview);

        Assert.Equal(1, await _rig.Removal.SweepAsync(LedgerRig.Cancelled));
        Assert.Empty(_rig.Seen);
        await _rig.AnswerAsync("the answer");
        await _rig.Ledger.RunAsync();

        Assert.Equal(["the answer"], _rig.Seen);
        Assert.Null(await _rig.RowAsync());
    }

    [Fact]
    public async Task An_answer_that_expired_leaves_no_half_of_itself()
    {
        await _rig.BeginAsync();
        await _rig.AnswerAsync("the answer", TimeSpan.FromMinutes(1));
        await _rig.Ledger.RunAfterAsync(Long);
        Assert.Equal(DeliveryStates.Expired, await _rig.StateAsync());

        await _rig.Removal.SweepAsync(LedgerRig.Cancelled);

        Assert.DoesNotContain(Words + "…", _rig.Seen);
        Assert.Null(await _rig.RowAsync());
    }

    [Fact]
    public async Task A_message_in_which_the_answer_may_stand_is_not_taken_away()
    {
        await _rig.BeginAsync();
        _rig.Account.EditScript = seen =>
        {
            _rig.Account.Change("m1", _ => seen);
            return Task.FromResult<SendResult?>(new SendResult.Unknown("The connection broke."));
        };
        await _rig.AnswerAsync("the answer", TimeSpan.FromMinutes(1));
        await _rig.Ledger.RunAsync();
        await _rig.Ledger.RunAfterAsync(Long);
        Assert.Equal(DeliveryStates.Unknown, await _rig.StateAsync());

        await _rig.Removal.SweepAsync(LedgerRig.Cancelled);

        Assert.Equal(["the answer"], _rig.Seen);
        Assert.Null(await _rig.RowAsync());
    }

    [Fact]
    public async Task What_cannot_be_taken_away_now_is_tried_again_and_takes_no_answer()
    {
        var preview = await _rig.BeginAsync();
        await _rig.Ledger.Worker.Showing.LeaveAsync(preview);
        _rig.Account.Deletes = false;
        await _rig.Removal.RemoveAsync(PreviewRig.TurnId);
        Assert.Equal(PreviewStates.Removing, (await _rig.RowAsync())!.State);
        await _rig.AnswerAsync("the answer");
        await _rig.Ledger.RunAsync();
        Assert.Equal([Words + "…", "the answer"], _rig.Seen);

        _rig.Account.Deletes = true;
        await _rig.Removal.SweepAsync(LedgerRig.Cancelled);
        Assert.Equal(2, _rig.Seen.Count()); // not yet again
        _rig.Ledger.Clock.Advance(TimeSpan.FromMinutes(1));
        await _rig.Removal.SweepAsync(LedgerRig.Cancelled);

        Assert.Equal(["the answer"], _rig.Seen);
        Assert.Null(await _rig.RowAsync());
    }

    public ValueTask DisposeAsync() => _rig.DisposeAsync();
}

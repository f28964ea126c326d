using Xopc.Channels.Deliveries;
using Xopc.Channels.Previews;
using Xopc.Channels.Tests.Deliveries;
using Xopc.Channels.Tests.Fakes;
using Xopc.Storage;

namespace Xopc.Channels.Tests.Previews;

public sealed class PreviewShowingTests : IAsyncDisposable
{
    private const string Words = PreviewRig.Words;

    private readonly PreviewRig _rig = new();

    [Fact]
    public async Task An_answer_grows_in_one_message_and_ends_in_it()
    {
        var preview = new Preview(PreviewRig.Run);
        Assert.Equal(PreviewShowing.Every, (await _rig.ShowAsync(preview, Words)).Pause);
        Assert.Equal([Words + "…"], _rig.Seen);
        await _rig.ShowAsync(preview, Words + " that");
        Assert.Equal([Words + " that…"], _rig.Seen);
        await _rig.Ledger.Worker.Showing.LeaveAsync(preview);

        await _rig.AnswerAsync(Words + " that kept its word.|The end.");
        await _rig.Ledger.RunAsync();

        Assert.Equal([Words + " that kept its word.", "The end."], _rig.Seen);
        Assert.Equal(2, _rig.Account.Book.Count);
        Assert.Equal(DeliveryStates.Sent, await _rig.StateAsync());
        Assert.Null(await _rig.RowAsync());
    }

    [Fact]
    public async Task What_is_short_and_what_people_see_already_are_not_shown()
    {
        var preview = new Preview(PreviewRig.Run);
        await _rig.ShowAsync(preview, Words[..(PreviewShowing.FewestCharacters - 1)]);
        Assert.Empty(_rig.Account.Book);
        await _rig.ShowAsync(preview, Words);
        await _rig.ShowAsync(preview, Words);
        await _rig.ShowAsync(preview, Words + "|beyond the first message");

        Assert.Equal(1, _rig.Account.Sends);
    }

    [Fact]
    public async Task A_fault_of_the_renderer_costs_the_preview_and_not_the_answer()
    {
        var preview = await _rig.BeginAsync();
        Assert.False((await _rig.ShowAsync(preview, FakeAccount.Unrenderable)).Over);
        await _rig.AnswerAsync("the answer");
        await _rig.Ledger.RunAsync();

        Assert.Equal(["the answer"], _rig.Seen);
    }

    [Fact]
    public async Task It_does_not_appear_before_what_was_said_earlier()
    {
        await _rig.Ledger.AddAsync("7", "earlier");
        var preview = new Preview(PreviewRig.Run);

        Assert.True((await _rig.ShowAsync(preview, Words)).Again);
        Assert.Empty(_rig.Account.Book);
        await _rig.Ledger.RunAsync();
        await _rig.ShowAsync(preview, Words);

        Assert.Equal(["earlier", Words + "…"], _rig.Seen);
    }

    [Fact]
    public async Task It_does_not_appear_before_what_was_said_earlier_and_has_not_even_arrived()
    {
        var preview = new Preview(PreviewRig.Run with { After = "earlier" });

        Assert.True((await _rig.ShowAsync(preview, Words)).Again);
        await _rig.Ledger.AddAsync("7", "earlier", id: "earlier");
        await _rig.Ledger.RunAsync();
        await _rig.ShowAsync(preview, Words);

        Assert.Equal(["earlier", Words + "…"], _rig.Seen);
    }

    [Fact]
    public async Task The_answer_waits_for_a_change_that_is_on_its_way_and_none_follows_it()
    {
        var preview = await _rig.BeginAsync();
        var way = new TaskCompletionSource<SendResult?>();
        _rig.Account.EditScript = _ => way.Task;
        var changing = _rig.ShowAsync(preview, Words + " that");
        _rig.Account.EditScript = _ => Task.FromResult<SendResult?>(null);

        await _rig.AnswerAsync("the answer");
        await _rig.Ledger.RunAsync();
        Assert.Equal([Words + "…"], _rig.Seen);
        way.SetResult(null);
        await changing;
        await _rig.Ledger.RunAsync();

        Assert.True((await _rig.ShowAsync(preview, Words + " that was")).Over);
        Assert.Equal(["the answer"], _rig.Seen);
    }

    [Fact]
    public async Task A_preview_of_which_nobody_knows_whether_it_is_there_stays_unfinished_and_the_answer_comes_whole()
    {
        // As after a death between the send and its record: people see it, the row does not know the message.
        _rig.Account.Script = seen =>
        {
            _rig.Account.Show(seen);
            return Task.FromResult<SendResult?>(new SendResult.Unknown("The process died."));
        };
        Assert.True((await _rig.ShowAsync(new Preview(PreviewRig.Run), Words)).Over);
        _rig.Account.Script = _ => Task.FromResult<SendResult?>(null);
        await DiesAsync(_rig.Ledger.Worker);

        Assert.True((await _rig.ShowAsync(new Preview(PreviewRig.Run), Words, _rig.Ledger.Add())).Over); // not a second one in another process either
        await _rig.AnswerAsync(Words);
        _rig.Ledger.Worker = _rig.Ledger.Add();
        await _rig.Ledger.RunAsync();
        await _rig.Removal.SweepAsync(LedgerRig.Cancelled);

        Assert.Equal([Words + "…", Words], _rig.Seen);
        Assert.Null(await _rig.RowAsync());
    }

    [Fact]
    public async Task A_change_that_may_still_be_on_its_way_cannot_undo_the_answer()
    {
        var preview = await _rig.BeginAsync();
        _rig.Account.EditScript = _ => Task.FromResult<SendResult?>(new SendResult.Unknown("The connection broke."));
        Assert.True((await _rig.ShowAsync(preview, Words + " that")).Over);
        _rig.Account.EditScript = _ => Task.FromResult<SendResult?>(null);

        await _rig.AnswerAsync("the answer");
        await _rig.Ledger.RunAsync();

        Assert.Equal(["the answer"], _rig.Seen);
        Assert.True(_rig.Account.Book[0].Gone);
        Assert.Null(await _rig.RowAsync());
    }

    [Theory]
    [InlineData(UnknownPolicy.Labelled)]
    [InlineData(UnknownPolicy.Hold)]
    internal async Task An_answer_whose_outcome_is_unknown_is_written_into_the_same_message_again_without_a_mark(UnknownPolicy policy)
    {
        await _rig.BeginAsync();
        _rig.Account.Settings = new FakeSettings("default") { Preview = PreviewMode.Partial, Unknown = policy };
        var tries = 0;
        _rig.Account.EditScript = seen =>
        {
            _rig.Account.Change("m1", _ => seen); // it arrives each time
            return Task.FromResult<SendResult?>(++tries <= DeliverySending.MaxUnknown ? new SendResult.Unknown("The connection broke.") : null);
        };

        await _rig.AnswerAsync("the answer|and more");
        await _rig.Ledger.RunAsync();
        for (var i = 0; i < DeliverySending.MaxUnknown; i++)
        {
            await _rig.Ledger.RunAfterAsync(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(["the answer", "and more"], _rig.Seen);
        Assert.Equal(DeliveryStates.Sent, await _rig.StateAsync());
    }

    [Fact]
    public async Task Where_the_person_has_taken_the_message_away_the_answer_is_one_of_its_own()
    {
        await _rig.BeginAsync();
        _rig.Account.Change("m1", seen => seen with { Gone = true });
        _rig.Account.EditScript = _ => Task.FromResult<SendResult?>(new SendResult.Refused("message to edit not found", OfPeer: false));

        await _rig.AnswerAsync("the answer");
        await _rig.Ledger.RunAsync();

        Assert.Equal(["the answer"], _rig.Seen);
        Assert.Equal(DeliveryStates.Sent, await _rig.StateAsync());
        Assert.Null(await _rig.RowAsync());
    }

    [Fact]
    public async Task A_pause_that_the_platform_asks_for_is_kept_and_the_answer_still_goes_into_the_message()
    {
        await _rig.BeginAsync();
        var pauses = 1;
        _rig.Account.EditScript = _ => Task.FromResult<SendResult?>(pauses-- > 0 ? new SendResult.Later("pause", TimeSpan.FromSeconds(7)) : null);

        await _rig.AnswerAsync("the answer");
        await _rig.Ledger.RunAsync();
        Assert.Equal(PreviewStates.Shown, (await _rig.RowAsync())!.State);
        await _rig.Ledger.RunAfterAsync(TimeSpan.FromSeconds(7));

        Assert.Equal(["the answer"], _rig.Seen);
    }

    [Fact]
    public async Task A_group_that_moved_gets_the_answer_where_it_is_now()
    {
        await _rig.BeginAsync();
        _rig.Account.EditScript = _ => Task.FromResult<SendResult?>(new SendResult.Moved("8"));

        await _rig.AnswerAsync("the answer");
        await _rig.Ledger.RunAsync();

        Assert.Equal(["the answer"], _rig.Account.At("8"));
    }

    [Fact]
    public async Task One_process_shows_an_answer_and_when_it_is_gone_the_next_goes_on_in_the_same_message()
    {
        var (first, second) = (new Preview(PreviewRig.Run), new Preview(PreviewRig.Run));
        var other = _rig.Ledger.Add();
        await _rig.ShowAsync(first, Words);

        Assert.True((await _rig.ShowAsync(second, Words + " that", other)).Over);
        await DiesAsync(_rig.Ledger.Worker);
        await _rig.ShowAsync(second, Words + " that was", other);

        Assert.Equal([Words + " that was…"], _rig.Seen);
        Assert.True((await _rig.ShowAsync(first, Words + " that")).Over);
        Assert.Equal([Words + " that was…"], _rig.Seen);
    }

    [Fact]
    public async Task Where_no_previews_are_wanted_none_is_shown()
    {
        await using var rig = new PreviewRig(PreviewMode.Off);

        Assert.True((await rig.ShowAsync(new Preview(PreviewRig.Run), Words)).Over);
        Assert.False(rig.Ledger.Worker.Showing.IsWanted(PreviewRig.Run.ReplyTo));
        Assert.Empty(rig.Account.Book);
    }

    [Fact]
    public async Task By_blocks_nothing_half_is_shown()
    {
        await using var rig = new PreviewRig(PreviewMode.Block);
        var preview = new Preview(PreviewRig.Run);

        await rig.ShowAsync(preview, Words + "\nand a second line");
        Assert.Empty(rig.Seen);
        await rig.ShowAsync(preview, Words + "\n\nThe second");

        Assert.Equal([Words + "\n\n…"], rig.Seen);
    }

    [Fact]
    public async Task Every_delivery_goes_before_a_preview()
    {
        // Two at once to all peers together: the second right stays for what has to be said.
        _rig.Ledger.Accounts.Rates = new ChannelRates(new Rate(TimeSpan.FromSeconds(1), 2), Rate.Unlimited, Rate.Unlimited);
        var worker = _rig.Ledger.Worker = _rig.Ledger.Add();
        var preview = new Preview(PreviewRig.Run);
        await _rig.ShowAsync(preview, Words, worker);

        Assert.Equal(TimeSpan.FromSeconds(1), (await _rig.ShowAsync(preview, Words + " that", worker)).Pause);
        await _rig.Ledger.AddAsync("8", "has to be said");
        await _rig.Ledger.RunAsync();

        Assert.Equal([Words + "…"], _rig.Seen);
        Assert.Equal(["has to be said"], _rig.Account.At("8"));
    }

    // As its successor on the same machine notices.
    private Task DiesAsync(LedgerWorker worker) => _rig.Ledger.Database.WriteAsync(tx => { KeyLeases.RenewAll(tx, worker.Owner.Name, 0); }, LedgerRig.Cancelled);

    public ValueTask DisposeAsync() => _rig.DisposeAsync();
}

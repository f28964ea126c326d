using Xopc.Channels.Intake;
using Xopc.Channels.Tests.Previews;

namespace Xopc.Channels.Tests.Intake;

public sealed class TypingIndicatorTests : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(4);

    private readonly PreviewRig _rig = new();
    private readonly TypingIndicator _typing;

    public TypingIndicatorTests() => _typing = new TypingIndicator(_rig.Ledger.Database, _rig.Ledger.Accounts, _rig.Ledger.Events, _rig.Ledger.Clock);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_shown_for_ten_minutes_at_most_and_not_beside_an_answer_that_people_see_growing()
    {
        _typing.Begin(PreviewRig.Run.ReplyTo, PreviewRig.Run.SessionKey, PreviewRig.TurnId);
        Begin("8");
        await _typing.ShowOnceAsync(Cancelled);
        Assert.Equal(["7", "8"], _rig.Account.Typings.Order());

        await _rig.BeginAsync();
        _rig.Ledger.Clock.Advance(Every);
        await _typing.ShowOnceAsync(Cancelled);
        Assert.Equal(["7", "8", "8"], _rig.Account.Typings.Order());
        _rig.Ledger.Clock.Advance(TimeSpan.FromMinutes(10));
        await _typing.ShowOnceAsync(Cancelled);

        Assert.Equal(3, _rig.Account.Typings.Count);
    }

    [Fact]
    public async Task A_conversation_that_begins_brings_up_no_other_conversations_indicator()
    {
        for (var peer = 1; peer <= 5; peer++)
        {
            Begin($"{peer}");
            await _typing.ShowOnceAsync(Cancelled);
        }

        Assert.Equal(["1", "2", "3", "4", "5"], _rig.Account.Typings);
    }

    [Fact]
    public async Task It_is_shown_again_before_it_runs_out()
    {
        Begin("1");
        await _typing.ShowOnceAsync(Cancelled);
        _rig.Ledger.Clock.Advance(TimeSpan.FromSeconds(3));
        Begin("2");
        var next = await _typing.ShowOnceAsync(Cancelled);
        Assert.Equal(["1", "2"], _rig.Account.Typings);
        Assert.Equal(TimeSpan.FromSeconds(1), next);

        _rig.Ledger.Clock.Advance(next);
        await _typing.ShowOnceAsync(Cancelled);
        Assert.Equal(["1", "2", "1"], _rig.Account.Typings);
    }

    public ValueTask DisposeAsync()
    {
        _typing.Dispose();
        return _rig.DisposeAsync();
    }

    private void Begin(string peer) => _typing.Begin(PreviewRig.Run.ReplyTo with { PeerId = peer }, $"session {peer}", $"turn {peer}");
}

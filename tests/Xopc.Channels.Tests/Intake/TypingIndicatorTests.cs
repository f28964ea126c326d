using Xopc.Channels.Intake;
using Xopc.Channels.Tests.Previews;

namespace Xopc.Channels.Tests.Intake;

public sealed class TypingIndicatorTests : IAsyncDisposable
{
    private readonly PreviewRig _rig = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_shown_for_ten_minutes_at_most_and_not_beside_an_answer_that_people_see_growing()
    {
        using var typing = new TypingIndicator(_rig.Ledger.Database, _rig.Ledger.Accounts, _rig.Ledger.Events, _rig.Ledger.Clock);
        typing.Begin(PreviewRig.Run.ReplyTo, PreviewRig.Run.SessionKey, PreviewRig.TurnId);
        typing.Begin(PreviewRig.Run.ReplyTo with { PeerId = "8" }, "another", "another");
        await typing.ShowOnceAsync(Cancelled);
        Assert.Equal(2, _rig.Account.Typings);

        await _rig.BeginAsync();
        await typing.ShowOnceAsync(Cancelled);
        Assert.Equal(3, _rig.Account.Typings); // the other's alone
        _rig.Ledger.Clock.Advance(TimeSpan.FromMinutes(10));
        await typing.ShowOnceAsync(Cancelled);

        Assert.Equal(3, _rig.Account.Typings);
    }

    public ValueTask DisposeAsync() => _rig.DisposeAsync();
}

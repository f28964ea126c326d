using Xopc.Channels.Pairing;
using Xopc.Testing.Storage;

namespace Xopc.Channels.Tests.Pairing;

public sealed class PairingTableTests : IAsyncDisposable
{
    private static readonly long Hour = (long)PairingTable.Lifetime.TotalMilliseconds;
    private readonly TestDatabase _database = TestDatabase.Open("channels", null, ChannelsSchema.Series);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sender_keeps_his_code_until_it_ends_and_the_fourth_gets_none()
    {
        var first = await AskAsync("1", 0);
        var again = await AskAsync("1", 1000);
        await AskAsync("2", 0);
        await AskAsync("3", 0);
        var fourth = await AskAsync("4", 0);
        var later = await AskAsync("1", Hour);

        Assert.Equal((PairingOutcome.Asked, PairingOutcome.Waiting, first.Request!.Code), (first.Outcome, again.Outcome, again.Request!.Code));
        Assert.Matches("^[A-HJ-NP-Z2-9]{8}$", first.Request.Code);
        Assert.Equal((PairingOutcome.Full, null), fourth);
        Assert.Equal(PairingOutcome.Asked, later.Outcome);
        Assert.NotEqual(first.Request.Code, later.Request!.Code);
    }

    [Fact]
    public async Task A_code_is_good_once_for_its_account_in_any_letter_case_and_not_after_its_hour()
    {
        var code = (await AskAsync("1", 0)).Request!.Code;

        Assert.Null(await TakeAsync("other", code, 1));
        Assert.Null(await TakeAsync("default", code, Hour));
        Assert.Equal("1", (await TakeAsync("default", $" {code.ToLowerInvariant()} ", 1))!.SenderId);
        Assert.Null(await TakeAsync("default", code, 1));
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private Task<(PairingOutcome Outcome, PairingRequest? Request)> AskAsync(string sender, long nowMs) =>
        _database.Database.WriteAsync(tx => PairingTable.Ask(tx, "fake", "default", sender, null, nowMs), Cancelled);

    private Task<PairingRequest?> TakeAsync(string account, string code, long nowMs) =>
        _database.Database.WriteAsync(tx => PairingTable.Take(tx, "fake", account, code, null, nowMs), Cancelled);
}

using Xopc.Testing.Storage;

namespace Xopc.Storage.Tests;

public sealed class KeyLeaseTests : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly TestDatabase _test = TestDatabase.Open();

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_lease_keeps_others_out_until_it_expires_and_every_taking_raises_the_fence()
    {
        Assert.Equal(new KeyLease("k", "p1", 1, 1_000), await TakeAsync("p1", now: 0));
        Assert.Null(await TakeAsync("p2", now: 999));
        Assert.Equal(new KeyLease("k", "p2", 2, 2_000), await TakeAsync("p2", now: 1_000));
        Assert.Null(await TakeAsync("p1", now: 1_500));
        Assert.Equal(3, (await TakeAsync("p1", now: 2_000))!.Fence);
    }

    [Fact]
    public async Task The_holder_takes_again_without_a_new_fence_also_after_the_end_of_an_untaken_lease()
    {
        await TakeAsync("p1", now: 0);

        Assert.Equal(new KeyLease("k", "p1", 1, 1_500), await TakeAsync("p1", now: 500));
        Assert.Equal(new KeyLease("k", "p1", 1, 10_000), await TakeAsync("p1", now: 9_000));
    }

    [Fact]
    public async Task A_released_lease_is_free_at_once_and_the_released_one_stands_no_more()
    {
        var lease = (await TakeAsync("p1", now: 0))!;
        await WriteAsync(tx => KeyLeases.Release(tx, lease));

        await Assert.ThrowsAsync<FencedException>(() => WriteAsync(tx => KeyLeases.Verify(tx, lease)));
        await Assert.ThrowsAsync<FencedException>(() => WriteAsync(tx => KeyLeases.Release(tx, lease)));
        Assert.Equal(2, (await TakeAsync("p1", now: 0))!.Fence);
        await Assert.ThrowsAsync<FencedException>(() => WriteAsync(tx => KeyLeases.Verify(tx, lease)));
    }

    [Fact]
    public async Task An_expired_lease_that_nobody_took_still_stands()
    {
        var lease = (await TakeAsync("p1", now: 0))!;

        await WriteAsync(tx => KeyLeases.Verify(tx, lease with { UntilMs = -1 }));
    }

    [Fact]
    public async Task Renewing_extends_the_leases_of_one_owner_only()
    {
        await TakeAsync("p1", now: 0, "a");
        await TakeAsync("p1", now: 0, "b");
        await TakeAsync("p2", now: 0, "c");
        await WriteAsync(tx => KeyLeases.Release(tx, KeyLeases.TryTake(tx, "d", "p1", 0, Second)!));

        Assert.Equal(2, await _test.Database.WriteAsync(tx => KeyLeases.RenewAll(tx, "p1", 5_000), TestContext.Current.CancellationToken));

        Assert.Null(await TakeAsync("p2", now: 4_999, "a"));
        Assert.NotNull(await TakeAsync("p1", now: 1_000, "c"));
    }

    [Fact]
    public async Task An_owner_has_a_name_because_the_empty_one_means_nobody()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => TakeAsync("", now: 0));
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(tx => KeyLeases.RenewAll(tx, "", 1)));
    }

    [Fact]
    public async Task Of_many_who_reach_for_a_key_at_once_one_gets_it()
    {
        var taken = await Task.WhenAll(Enumerable.Range(0, 100).Select(n => Task.Run(() => TakeAsync($"p{n}", now: 0))));

        Assert.Single(taken, lease => lease is not null);
    }

    private Task<KeyLease?> TakeAsync(string owner, long now, string key = "k") =>
        _test.Database.WriteAsync(tx => KeyLeases.TryTake(tx, key, owner, now, Second), TestContext.Current.CancellationToken);

    private Task WriteAsync(Action<DatabaseTransaction> work) => _test.Database.WriteAsync(work, TestContext.Current.CancellationToken);
}

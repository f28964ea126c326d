using System.Net;
using Microsoft.Extensions.Time.Testing;
using Xopc.Gateway.Edge.Clients;
using Xopc.Gateway.Edge.Limits;

namespace Xopc.Gateway.Tests.Edge.Limits;

public sealed class BucketTableTests
{
    private static readonly Rate TenPerSecond = Rate.PerSecond(10, burst: 20);

    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));

    [Fact]
    public void A_full_bucket_grants_its_burst_and_then_its_rate()
    {
        var table = new BucketTable(_clock);
        for (var left = 19; left >= 0; left--)
        {
            Assert.Equal(new Taken(true, left, 0), table.Take(Key(1), TenPerSecond));
        }

        Assert.Equal(new Taken(false, 0, TimeSpan.FromMilliseconds(100).Ticks), table.Take(Key(1), TenPerSecond));
        Assert.True(table.Take(Key(2), TenPerSecond).Granted);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(10, Enumerable.Range(0, 50).Count(_ => table.Take(Key(1), TenPerSecond).Granted));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(20, Enumerable.Range(0, 50).Count(_ => table.Take(Key(1), TenPerSecond).Granted));
    }

    [Fact]
    public void A_million_clients_leave_the_table_as_large_as_it_was()
    {
        var table = new BucketTable(_clock);
        table.Take(Key(0), TenPerSecond);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (uint client = 1; client <= 1_000_000; client++)
        {
            table.Take(Key(client), TenPerSecond);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(BucketTable.DefaultCapacity, table.Capacity);
        Assert.InRange(table.Count(), BucketTable.DefaultCapacity * 9 / 10, BucketTable.DefaultCapacity);
        Assert.True(allocated < 1_000_000L * 100, $"{allocated} bytes for a million clients"); // what the test makes of each address; nothing of it stays
    }

    [Fact]
    public void Whoever_is_in_debt_is_not_forgotten_for_somebody_new()
    {
        var table = new BucketTable(_clock);
        while (table.Take(Key(0), TenPerSecond).Granted)
        {
        }

        for (uint client = 1; client <= 1_000_000; client++)
        {
            table.Take(Key(client), TenPerSecond);
        }

        Assert.False(table.Take(Key(0), TenPerSecond).Granted);
    }

    [Fact]
    public async Task Many_at_once_get_no_more_than_there_is()
    {
        var table = new BucketTable(_clock);
        var granted = 0;

        await Parallel.ForAsync(0, 1000, TestContext.Current.CancellationToken, (_, _) =>
        {
            if (table.Take(Key(1), TenPerSecond).Granted)
            {
                Interlocked.Increment(ref granted);
            }

            return ValueTask.CompletedTask;
        });

        Assert.Equal(20, granted);
    }

    private static BucketKey Key(uint address) => new(ClientKey.Of(new IPAddress(address), unattributed: false), null, Model: false);
}

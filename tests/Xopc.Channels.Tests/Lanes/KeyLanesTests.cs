using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xopc.Channels.Lanes;
using Xopc.Storage;
using Xopc.Testing.Storage;

namespace Xopc.Channels.Tests.Lanes;

public sealed class KeyLanesTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 12, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly TestDatabase _database;
    private readonly OnePieceLanes _lanes;

    public KeyLanesTests()
    {
        _database = TestDatabase.Open("channels", _clock, ChannelsSchema.Series);
        _lanes = new OnePieceLanes(_database.Database, new LeaseOwner(_database.Database, _clock), _clock);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_whose_work_cannot_be_read_keeps_no_other_from_its_lane()
    {
        _lanes.Unreadable = "bad";
        await PassAsync("bad", "good");

        Assert.Equal(["good"], _lanes.Done);
    }

    [Fact]
    public async Task A_key_whose_work_fails_is_taken_again_after_a_pause_that_grows()
    {
        _lanes.Failing = "bad";
        await PassAsync("bad");
        await PassAsync("bad");
        Assert.Equal(1, _lanes.Begun);

        _clock.Advance(TimeSpan.FromMilliseconds(100));
        await PassAsync("bad");
        Assert.Equal(2, _lanes.Begun);

        _clock.Advance(TimeSpan.FromMilliseconds(100));
        await PassAsync("bad");
        Assert.Equal(2, _lanes.Begun);

        _lanes.Failing = null;
        _clock.Advance(TimeSpan.FromSeconds(1));
        await PassAsync("bad");
        await PassAsync("bad");
        Assert.Equal(["bad", "bad"], _lanes.Done);
    }

    public ValueTask DisposeAsync()
    {
        _lanes.Dispose();
        return _database.DisposeAsync();
    }

    private async Task PassAsync(params string[] keys)
    {
        await _lanes.ReleaseAbandonedAsync(Cancelled);
        foreach (var key in keys)
        {
            await _lanes.TryTakeAsync(key, Cancelled);
        }

        await _lanes.WhenIdleAsync();
    }

    /// <summary>Every taking of a key has one piece of work.</summary>
    private sealed class OnePieceLanes(Database database, LeaseOwner owner, TimeProvider clock) : KeyLanes<string>(database, owner, clock, NullLogger.Instance)
    {
        private readonly Database _database = database;

        public string? Unreadable { get; set; }

        public string? Failing { get; set; }

        public List<string> Done { get; } = [];

        protected override string LeaseKey(string key) => "test:" + key;

        protected override string NextOrRelease(DatabaseTransaction transaction, KeyLease lease, string key) =>
            key == Unreadable ? throw new InvalidOperationException("The row is garbage.") : key;

        protected override async Task<string?> AdvanceAsync(KeyLease lease, string work, Func<DatabaseTransaction, string?> next, CancellationToken stopping)
        {
            if (work == Failing)
            {
                throw new InvalidOperationException("A fault.");
            }

            Done.Add(work);
            await _database.WriteAsync(tx => KeyLeases.Release(tx, lease), CancellationToken.None);
            return null;
        }
    }
}

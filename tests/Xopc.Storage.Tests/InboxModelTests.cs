using FsCheck;
using FsCheck.Xunit;
using Xopc.Contracts.Messages;
using Xopc.Storage.Migrations;
using Xopc.Testing.Storage;

namespace Xopc.Storage.Tests;

/// <summary>
/// Random steps of three processes on three keys (accept, take and claim, complete, return, bury, die, time passing, restart of the file), checked step by
/// step against a model in memory; then everything left is worked off. Every accepted message has exactly one outcome, in the order of its key.
/// </summary>
public sealed class InboxModelTests
{
    private const int KeyCapacity = 5;

    private static readonly MigrationSeries Effects = new("effects",
    [
        new Migration(1, "effects", "CREATE TABLE effects (seq {identity}, id TEXT NOT NULL, key TEXT NOT NULL)"),
    ]);

    [Property(MaxTest = 40)]
    public async Task Every_accepted_message_has_exactly_one_outcome_in_the_order_of_its_key(NonEmptyArray<(byte Step, byte Actor, byte Key, byte Id)> steps)
    {
        await using var run = new Run();
        foreach (var (step, actor, key, id) in steps.Get)
        {
            await run.StepAsync(step % 10, actor % 3, $"key{key % 3}", id % 24);
        }

        await run.WorkOffAsync();
        await run.CompareAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task So_it_is_over_a_long_life(int seed)
    {
        var random = new System.Random(seed);
        await using var run = new Run();
        for (var n = 0; n < 2_000; n++)
        {
            // Restarting the file is rarer than the rest: it costs a hundred times as much.
            var step = random.Next(100) is 0 ? 9 : random.Next(9);
            await run.StepAsync(step, random.Next(3), $"key{random.Next(3)}", random.Next(400));
        }

        await run.WorkOffAsync();
        await run.CompareAsync();
    }

    private sealed class Run : IAsyncDisposable
    {
        private readonly TestDatabase _test = TestDatabase.Open("model", clock: null, Effects);

        // The model: what is accepted and where it stands.
        private readonly Dictionary<string, List<string>> _waiting = [];
        private readonly Dictionary<string, (string Owner, long Fence, long Until)> _leases = [];
        private readonly HashSet<string> _accepted = [];
        private readonly List<(string Id, string Key)> _effects = [];
        private readonly List<string> _buried = [];
        private readonly Dictionary<string, int> _attempts = [];

        // What each process believes: its name (new after each death) and the work in its hands, which may be stale.
        private readonly string[] _owners = ["p0.0", "p1.0", "p2.0"];
        private readonly Dictionary<(int Actor, string Key), (KeyLease Lease, string Id)> _hands = [];
        private long _now;
        private int _deaths;

        public async Task StepAsync(int step, int actor, string key, int number)
        {
            switch (step)
            {
                case 0 or 1 or 2:
                    await AcceptAsync(key, $"{key}:{number}");
                    break;
                case 3 or 4:
                    await TakeAsync(actor, key);
                    break;
                case 5:
                    await EndAsync(actor, key, (tx, lease, id) => Complete(tx, lease, id), id => _effects.Add((id, key)));
                    break;
                case 6:
                    await EndAsync(actor, key, (tx, lease, id) => Inbox.Bury(tx, lease, id, "model", _now), _buried.Add);
                    break;
                case 7:
                    await ReturnAsync(actor, key);
                    break;
                case 8:
                    // Time passes, so leases run out; and sometimes a process dies with all that was in its hands.
                    _now += 400;
                    if (number % 3 == 0)
                    {
                        Die(actor);
                    }

                    break;
                default:
                    await _test.ReopenAsync();
                    break;
            }
        }

        public async Task WorkOffAsync()
        {
            _now += 10_000;
            foreach (var key in _waiting.Keys)
            {
                while (await WriteAsync(tx => KeyLeases.TryTake(tx, key, "last", _now, TimeSpan.FromSeconds(1)) is { } lease && Inbox.ClaimNext(tx, lease) is { } row
                    ? (lease, row) : default) is (not null, not null) work)
                {
                    Assert.Equal(_waiting[key][0], work.row.Id);
                    await WriteAsync(tx => Complete(tx, work.lease, work.row.Id));
                    _waiting[key].RemoveAt(0);
                    _effects.Add((work.row.Id, key));
                }
            }
        }

        public async Task CompareAsync()
        {
            Assert.All(_waiting.Values, Assert.Empty);
            var effects = await ReadAsync(reader => reader.Query("SELECT id, key FROM effects ORDER BY seq", row => (row.GetString(0), row.GetString(1))));
            Assert.Equal(_effects, effects);
            Assert.Equal(_buried, await ReadAsync(reader => DeadLetters.List(reader, 0, 10_000).Select(letter => letter.Id)));
            Assert.Equal(_accepted.Order(StringComparer.Ordinal), _effects.Select(effect => effect.Id).Concat(_buried).Order(StringComparer.Ordinal));
            Assert.Empty(await ReadAsync(reader => Inbox.IdleKeys(reader, WorkStreams.Turns, long.MaxValue, 10)));
        }

        public ValueTask DisposeAsync() => _test.DisposeAsync();

        private async Task AcceptAsync(string key, string id)
        {
            var waiting = _waiting.TryGetValue(key, out var known) ? known : _waiting[key] = [];
            var expected = _accepted.Contains(id) ? AcceptOutcome.Duplicate : waiting.Count < KeyCapacity ? AcceptOutcome.Accepted : AcceptOutcome.KeyFull;

            Assert.Equal(expected, await WriteAsync(tx => Inbox.Accept(tx, Message.Of(id, key), KeyCapacity, _now)));

            if (expected == AcceptOutcome.Accepted)
            {
                _accepted.Add(id);
                waiting.Add(id);
            }
        }

        private async Task TakeAsync(int actor, string key)
        {
            var owner = _owners[actor];
            var held = _leases.TryGetValue(key, out var lease);
            var may = !held || lease.Owner == owner || lease.Until <= _now;

            var (taken, row) = await WriteAsync(tx =>
            {
                var mine = KeyLeases.TryTake(tx, key, owner, _now, TimeSpan.FromSeconds(1));
                return (mine, mine is null ? null : Inbox.ClaimNext(tx, mine));
            });

            Assert.Equal(may, taken is not null);
            if (taken is null)
            {
                return;
            }

            var fence = !held ? 1 : lease.Owner == owner ? lease.Fence : lease.Fence + 1;
            Assert.Equal(fence, taken.Fence);
            _leases[key] = (owner, fence, _now + 1_000);
            var next = _waiting.TryGetValue(key, out var waiting) ? waiting.FirstOrDefault() : null;
            Assert.Equal(next, row?.Id);
            _hands.Remove((actor, key));
            if (row is not null)
            {
                _attempts[row.Id] = _attempts.GetValueOrDefault(row.Id) + 1;
                Assert.Equal(_attempts[row.Id], row.Attempt);
                _hands[(actor, key)] = (taken, row.Id);
            }
        }

        private async Task EndAsync(int actor, string key, Action<DatabaseTransaction, KeyLease, string> end, Action<string> ended)
        {
            if (!_hands.Remove((actor, key), out var hand))
            {
                return;
            }

            if (!Stands(key, hand.Lease))
            {
                await Assert.ThrowsAsync<FencedException>(() => WriteAsync(tx => end(tx, hand.Lease, hand.Id)));
                return;
            }

            await WriteAsync(tx => end(tx, hand.Lease, hand.Id));
            Assert.Equal(hand.Id, _waiting[key][0]);
            _waiting[key].RemoveAt(0);
            ended(hand.Id);
        }

        private async Task ReturnAsync(int actor, string key)
        {
            if (!_hands.Remove((actor, key), out var hand))
            {
                return;
            }

            if (!Stands(key, hand.Lease))
            {
                await Assert.ThrowsAsync<FencedException>(() => WriteAsync(tx => Inbox.Return(tx, hand.Lease, hand.Id)));
                return;
            }

            await WriteAsync(tx =>
            {
                Inbox.Return(tx, hand.Lease, hand.Id);
                KeyLeases.Release(tx, hand.Lease);
            });
            _attempts[hand.Id]--;
            _leases[key] = ("", hand.Lease.Fence, 0);
        }

        private void Die(int actor)
        {
            _owners[actor] = $"p{actor}.{++_deaths}";
            foreach (var hand in _hands.Keys.Where(hand => hand.Actor == actor).ToList())
            {
                // Half of the dead are only asleep: they wake up later and try to end what they held.
                if (_deaths % 2 == 0)
                {
                    _hands.Remove(hand);
                }
            }
        }

        private bool Stands(string key, KeyLease lease) => _leases[key].Owner == lease.Owner && _leases[key].Fence == lease.Fence;

        private static void Complete(DatabaseTransaction tx, KeyLease lease, string id)
        {
            tx.Execute("INSERT INTO effects (id, key) VALUES (@id, @key)", ("id", id), ("key", lease.Key));
            Inbox.Complete(tx, lease, id, 0);
        }

        private Task<T> WriteAsync<T>(Func<DatabaseTransaction, T> work) => _test.Database.WriteAsync(work, Durability.Relaxed, CancellationToken.None);

        private Task WriteAsync(Action<DatabaseTransaction> work) => _test.Database.WriteAsync(work, Durability.Relaxed, CancellationToken.None);

        private ValueTask<T> ReadAsync<T>(Func<DatabaseReader, T> work) => _test.Database.ReadAsync(work, CancellationToken.None);
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xopc.Contracts.Messages;
using Xopc.Storage.Retention;
using Xopc.Testing.Storage;

namespace Xopc.Storage.Tests.Retention;

public sealed class RetentionTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _clock = new(Start);
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<StorageMetrics>().BuildServiceProvider();
    private readonly TestDatabase _test = TestDatabase.Open();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private long NowMs => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    public async ValueTask DisposeAsync()
    {
        await _test.DisposeAsync();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Finished_inbox_rows_go_by_age_and_unfinished_ones_never()
    {
        await WorkOffAsync("old");
        await WriteAsync(tx => Inbox.Accept(tx, Message.Of("waiting", key: "other"), 10, NowMs));
        _clock.Advance(TimeSpan.FromDays(5));
        await WorkOffAsync("young");
        _clock.Advance(TimeSpan.FromDays(3));

        await RunAsync(Table("inbox", "ended_ms", TimeSpan.FromDays(7)));

        Assert.Equal(["waiting", "young"], await IdsAsync("inbox"));
    }

    [Fact]
    public async Task Beyond_the_bytes_the_oldest_go_first_and_no_more_than_needed()
    {
        for (var n = 0; n < 10; n++)
        {
            await WorkOffAsync($"{n}");
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        var each = (long)(await ScalarAsync("SELECT MAX(bytes) FROM inbox"))!;
        await RunAsync(Table("inbox", "ended_ms", TimeSpan.FromDays(7), (each * 4) + 1));

        Assert.Equal(["6", "7", "8", "9"], await IdsAsync("inbox"));
    }

    [Fact]
    public async Task More_rows_than_a_step_takes_are_removed_in_several_steps()
    {
        await WriteAsync(tx =>
        {
            for (var n = 0; n < 1_700; n++)
            {
                tx.Execute(
                    "INSERT INTO dead_letters (id, origin, stream, key, body, sender, principal_id, attempts, reason, bytes, buried_ms) VALUES (@id, 'inbox', 's', 'k', '', '', 'ada', 1, 'r', 300, @now)",
                    ("id", $"{n}"), ("now", NowMs));
            }
        });
        var rule = Table("dead_letters", "buried_ms", TimeSpan.FromDays(30));
        var counting = new Counting(_test.Database);
        Assert.Equal(0, await rule.RemoveAsync(counting, _clock.GetUtcNow(), Cancellation));

        Assert.Equal(1_700, await rule.RemoveAsync(counting, _clock.GetUtcNow() + TimeSpan.FromDays(31), Cancellation));

        Assert.Empty(await IdsAsync("dead_letters"));
        Assert.Equal([0, 500, 500, 500, 200], counting.Writes);
    }

    [Fact]
    public async Task An_outbox_row_that_nobody_confirms_becomes_a_dead_letter_before_its_receiver_forgets_its_id()
    {
        var options = new StorageOptions();
        Assert.True(options.OutboxAge < options.InboxAge);
        await WriteAsync(tx => Outbox.Add(tx, Message.Of("old", stream: WorkStreams.Deliveries, text: "answer"), NowMs));
        _clock.Advance(options.OutboxAge - TimeSpan.FromMinutes(1));
        await WriteAsync(tx => Outbox.Add(tx, Message.Of("young", stream: WorkStreams.Deliveries), NowMs));
        await RunAsync(new OutboxRetention("test", options.OutboxAge));
        Assert.Equal(["old", "young"], await IdsAsync("outbox"));

        _clock.Advance(TimeSpan.FromMinutes(1));
        await RunAsync(new OutboxRetention("test", options.OutboxAge));

        Assert.Equal(["young"], await IdsAsync("outbox"));
        var letter = Assert.Single(await _test.Database.ReadAsync(reader => DeadLetters.List(reader, 0, 10), Cancellation));
        Assert.Equal(("old", "outbox", "ada"), (letter.Id, letter.Origin, letter.PrincipalId));
        await WriteAsync(tx => DeadLetters.Retry(tx, "old", NowMs));
        Assert.Equal(["young", "old"], (await _test.Database.ReadAsync(reader => Outbox.Unpublished(reader, 10), Cancellation)).Select(row => row.Message.Id));
    }

    [Fact]
    public async Task At_the_start_expired_outbox_rows_go_before_anything_could_be_published()
    {
        await WriteAsync(tx => Outbox.Add(tx, Message.Of("old"), NowMs));
        _clock.Advance(TimeSpan.FromDays(6));

        using var worker = Worker();
        await worker.StartingAsync(Cancellation);

        Assert.Empty(await IdsAsync("outbox"));
    }

    [Fact]
    public async Task Lease_rows_that_nobody_has_held_for_a_day_go_and_live_ones_stay()
    {
        await WriteAsync(tx => KeyLeases.TryTake(tx, "idle", "p1", NowMs, TimeSpan.FromSeconds(30)));
        _clock.Advance(TimeSpan.FromDays(2));
        await WriteAsync(tx => KeyLeases.TryTake(tx, "live", "p1", NowMs, TimeSpan.FromSeconds(30)));

        await RunAsync(new LeaseRetention("test"));

        Assert.Equal("live", await ScalarAsync("SELECT key FROM key_leases"));
        Assert.Equal(1, (await _test.Database.WriteAsync(tx => KeyLeases.TryTake(tx, "idle", "p2", NowMs, TimeSpan.FromSeconds(30)), Cancellation))!.Fence);
    }

    [Fact]
    public async Task A_rule_that_fails_does_not_keep_the_next_from_running()
    {
        await WorkOffAsync("old");
        _clock.Advance(TimeSpan.FromDays(8));
        using var worker = Worker(new Failing(), Table("inbox", "ended_ms", TimeSpan.FromDays(7)));

        await worker.RunOnceAsync(Cancellation);

        Assert.Empty(await IdsAsync("inbox"));
    }

    [Fact]
    public async Task The_space_of_removed_rows_is_given_back_to_the_disk()
    {
        await WriteAsync(tx =>
        {
            for (var n = 0; n < 300; n++)
            {
                Inbox.Accept(tx, Message.Of($"{n}", text: new string('x', 100_000)), 1_000, NowMs);
            }
        });
        var before = (long)(await ScalarAsync("PRAGMA page_count"))!;
        await WriteAsync(tx => tx.Execute("DELETE FROM inbox WHERE id <> '7'"));

        using var worker = Worker();
        await worker.RunOnceAsync(Cancellation);

        Assert.InRange((long)(await ScalarAsync("PRAGMA page_count"))!, 1, before / 10);
        Assert.Equal(["7"], await IdsAsync("inbox"));
        Assert.Equal("ok", await ScalarAsync("PRAGMA integrity_check"));
    }

    private static TableRetention Table(string table, string time, TimeSpan age, long bytes = long.MaxValue) => new("test", table, "seq", time, "bytes", age, bytes);

    private RetentionWorker Worker(params IRetentionRule[] rules) => new(
        _test.Database, rules, new StorageOptions(), _clock, _services.GetRequiredService<StorageMetrics>(), NullLogger<RetentionWorker>.Instance);

    private async Task RunAsync(IRetentionRule rule)
    {
        using var worker = Worker(rule);
        await worker.RunOnceAsync(Cancellation);
    }

    private Task WorkOffAsync(string id) => WriteAsync(tx =>
    {
        Inbox.Accept(tx, Message.Of(id), 10, NowMs);
        var lease = KeyLeases.TryTake(tx, "main:webchat", "p1", NowMs, TimeSpan.FromSeconds(30))!;
        Inbox.ClaimNext(tx, lease);
        Inbox.Complete(tx, lease, id, NowMs);
    });

    private async Task<List<string>> IdsAsync(string table) =>
        await _test.Database.ReadAsync(reader => reader.Query($"SELECT id FROM {table} ORDER BY id", row => row.GetString(0)), Cancellation);

    private async Task<object?> ScalarAsync(string sql) => await _test.Database.ReadAsync(reader => reader.Scalar(sql), Cancellation);

    private Task WriteAsync(Action<DatabaseTransaction> work) => _test.Database.WriteAsync(work, Cancellation);

    private sealed class Counting(Database database) : Database
    {
        public List<object?> Writes { get; } = [];

        public override string Name => database.Name;

        public override DatabaseHealth Health => database.Health;

        public override async Task<T> WriteAsync<T>(Func<DatabaseTransaction, T> work, Durability durability, CancellationToken cancellationToken)
        {
            var result = await database.WriteAsync(work, durability, cancellationToken);
            Writes.Add(result);
            return result;
        }

        public override ValueTask<T> ReadAsync<T>(Func<DatabaseReader, T> work, CancellationToken cancellationToken) => database.ReadAsync(work, cancellationToken);

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Failing : IRetentionRule
    {
        public string Database => "test";

        public string Name => "failing";

        public Task<int> RemoveAsync(Database database, DateTimeOffset now, CancellationToken cancellationToken) => throw new FormatException();
    }
}

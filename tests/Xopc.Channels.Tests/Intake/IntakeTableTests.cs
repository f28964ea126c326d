using Microsoft.Extensions.Time.Testing;
using Xopc.Channels.Intake;
using Xopc.Storage;
using Xopc.Testing.Storage;

namespace Xopc.Channels.Tests.Intake;

public sealed class IntakeTableTests : IAsyncDisposable
{
    private const string Key = "fake:default:7";
    private static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(300);

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 12, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly TestDatabase _database;
    private int _next;

    public IntakeTableTests() => _database = TestDatabase.Open("channels", _clock, ChannelsSchema.Series);

    private long NowMs => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Short_texts_that_follow_each_other_are_one_group_and_none_is_missing()
    {
        await AddAsync("one");
        _clock.Advance(Debounce / 2);
        await AddAsync("two");
        _clock.Advance(Debounce / 2);

        Assert.Null(await TakeAsync()); // the second began the wait anew
        _clock.Advance(Debounce);
        Assert.Equal(["one", "two"], await TakeAsync());
    }

    [Fact]
    public async Task An_id_that_comes_again_is_passed_over()
    {
        Assert.True(await AddAsync("one", id: "same"));
        Assert.False(await AddAsync("one", id: "same"));
        _clock.Advance(Debounce);

        Assert.Equal(["one"], await TakeAsync());
    }

    [Fact]
    public async Task A_command_closes_what_stands_before_it_and_overtakes_nothing()
    {
        await AddAsync("one");
        await AddAsync("/status");
        await AddAsync("two");

        Assert.Equal(["one"], await TakeAsync());
        Assert.Equal(["/status"], await TakeAsync());
        Assert.Null(await TakeAsync());
        _clock.Advance(Debounce);
        Assert.Equal(["two"], await TakeAsync());
    }

    [Fact]
    public async Task The_pictures_of_an_album_are_one_group()
    {
        for (var i = 0; i < 3; i++)
        {
            await AddAsync($"picture {i}", album: "a");
        }

        Assert.Null(await TakeAsync());
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["picture 0", "picture 1", "picture 2"], await TakeAsync());
    }

    [Fact]
    public async Task A_group_closes_also_when_somebody_never_stops()
    {
        for (var i = 0; i < IntakeTable.MaxGroup + 5; i++)
        {
            await AddAsync($"{i}");
            _clock.Advance(Debounce / 3);
        }

        Assert.Equal(IntakeTable.MaxGroup, (await TakeAsync())!.Count);
    }

    [Fact]
    public async Task A_row_that_cannot_be_read_fails_and_what_stands_behind_it_goes_on()
    {
        await AddAsync("garbage", id: "bad");
        await AddAsync("/status");
        await _database.Database.WriteAsync(tx => { tx.Execute("UPDATE intake SET body = '{' WHERE id = 'bad'"); }, Cancelled);

        Assert.Equal(["/status"], await TakeAsync());
        var bad = await _database.Database.ReadAsync(
            reader => reader.QueryFirst("SELECT state, reason FROM intake WHERE id = 'bad'", row => $"{row.GetString(0)} {row.GetString(1)}"), Cancelled);
        Assert.Equal("failed unreadable", bad);
    }

    [Fact]
    public async Task Only_conversations_whose_oldest_group_is_complete_are_due()
    {
        await AddAsync("waits");
        var (keys, next) = await _database.Database.ReadAsync(reader => IntakeTable.Due(reader, NowMs, 10), Cancelled);
        Assert.Empty(keys);
        Assert.Equal(NowMs + (long)Debounce.TotalMilliseconds, next);

        _clock.Advance(Debounce);
        (keys, _) = await _database.Database.ReadAsync(reader => IntakeTable.Due(reader, NowMs, 10), Cancelled);
        Assert.Equal([Key], keys);
    }

    [Fact]
    public async Task Every_conversation_is_looked_at_however_many_messages_wait_in_it()
    {
        for (var i = 0; i < 30; i++)
        {
            await AddAsync("/flood", peer: $"{i % 3}");
        }

        var (keys, _) = await _database.Database.ReadAsync(reader => IntakeTable.Due(reader, NowMs, 10), Cancelled);

        Assert.Equal(["fake:default:0", "fake:default:1", "fake:default:2"], keys.Order());
    }

    [Fact]
    public async Task An_account_that_is_flooded_keeps_no_other_accounts_conversation_out_of_sight()
    {
        for (var i = 0; i < 50; i++)
        {
            await AddAsync("/flood", peer: $"{100 + i}");
        }

        await AddAsync("/status", account: "other");
        var (keys, _) = await _database.Database.ReadAsync(reader => IntakeTable.Due(reader, NowMs, 10), Cancelled);

        Assert.Equal(11, keys.Count);
        Assert.Contains("fake:other:7", keys);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_holds_no_message_for_hours()
    {
        _clock.Advance(TimeSpan.FromHours(2));
        await AddAsync("hello");
        var before = NowMs - (long)TimeSpan.FromHours(2).TotalMilliseconds;

        var (keys, _) = await _database.Database.ReadAsync(reader => IntakeTable.Due(reader, before, 10), Cancelled);
        Assert.Equal([Key], keys);
        Assert.NotNull(await _database.Database.WriteAsync(
            tx => IntakeTable.NextOrRelease(tx, KeyLeases.TryTake(tx, IntakeTable.LeaseKey(Key), "test", before, LeaseOwner.Duration)!, Key, before), Cancelled));
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private Task<bool> AddAsync(string text, string? id = null, string? album = null, string peer = "7", string account = "default")
    {
        var message = new InboundMessage(id ?? $"fake:{account}:{_next++}", "fake", account, "dm", peer, peer, $"{_next}", text) { MediaGroupId = album };
        return _database.Database.WriteAsync(tx => IntakeTable.Add(tx, message, Debounce, null, NowMs), Cancelled);
    }

    // Takes the next complete group and gives it an outcome.
    private Task<IReadOnlyList<string>?> TakeAsync() => _database.Database.WriteAsync(
        tx =>
        {
            var lease = KeyLeases.TryTake(tx, IntakeTable.LeaseKey(Key), "test", NowMs, LeaseOwner.Duration)!;
            if (IntakeTable.NextOrRelease(tx, lease, Key, NowMs) is not { } group)
            {
                return null;
            }

            IntakeTable.End(tx, lease, group, IntakeStates.Turn, null, group[0].Id, NowMs);
            return (IReadOnlyList<string>?)[.. group.Select(row => row.Message.Text)];
        },
        Cancelled);
}

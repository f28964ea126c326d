using System.Text;
using Xopc.Contracts.Messages;
using Xopc.Testing.Storage;

namespace Xopc.Storage.Tests;

public sealed class OutboxTests : IAsyncDisposable
{
    private readonly TestDatabase _test = TestDatabase.Open();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_message_comes_back_from_the_outbox_as_it_was_written_and_once_per_id()
    {
        var message = Message.Of("a", text: "grüß dich");
        await WriteAsync(tx => Outbox.Add(tx, message, 5));
        await WriteAsync(tx => Outbox.Add(tx, Message.Of("a", text: "something else"), 6));

        var row = Assert.Single(await UnpublishedAsync());

        Assert.Equal(message with { Body = default }, row.Message with { Body = default });
        Assert.Equal("grüß dich", Encoding.UTF8.GetString(row.Message.Body.Span));
        Assert.Equal((5, null), (row.CreatedMs, row.PublishedMs));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(201)]
    public async Task An_id_that_no_stream_would_carry_is_refused(int length) =>
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(tx => Outbox.Add(tx, Message.Of(new string('x', length)), 0)));

    [Fact]
    public async Task Unpublished_rows_come_in_the_order_they_were_written_over_all_streams()
    {
        await AddAsync("1", WorkStreams.Turns);
        await AddAsync("2", WorkStreams.Deliveries);
        await AddAsync("3", WorkStreams.Turns);
        await AddAsync("4", WorkStreams.Occurrences);

        Assert.Equal(["1", "2", "3", "4"], Ids(await UnpublishedAsync()));
        Assert.Equal(["1", "2"], Ids(await UnpublishedAsync(limit: 2)));
        Assert.Equal(["1", "3"], Ids(await _test.Database.ReadAsync(reader => Outbox.Unpublished(reader, WorkStreams.Turns, 10), Cancellation)));
    }

    [Fact]
    public async Task The_newest_row_of_a_key_is_found_among_the_newest_until_it_is_confirmed()
    {
        foreach (var (id, key) in (IEnumerable<(string, string)>)[("1", "a"), ("2", "a"), ("3", "b")])
        {
            await WriteAsync(tx => Outbox.Add(tx, Message.Of(id, key, WorkStreams.Deliveries), 0));
        }

        Assert.Equal("2", await NewestAsync("a"));
        Assert.Null(await NewestAsync("a", among: 1));
        Assert.Null(await NewestAsync("a", WorkStreams.Turns));
        await WriteAsync(tx => Outbox.Confirm(tx, ["2"]));
        Assert.Equal("1", await NewestAsync("a"));

        Task<string?> NewestAsync(string key, string stream = WorkStreams.Deliveries, int among = 10) =>
            _test.Database.ReadAsync(reader => Outbox.Newest(reader, stream, key, among), Cancellation).AsTask();
    }

    [Fact]
    public async Task A_published_row_waits_for_its_receipt_and_goes_with_it()
    {
        await AddAsync("1");
        await AddAsync("2");
        var seqs = (await UnpublishedAsync()).ConvertAll(row => row.Seq);

        await WriteAsync(tx => Outbox.MarkPublished(tx, [seqs[0], 999], 10));
        Assert.Equal(["2"], Ids(await UnpublishedAsync()));
        Assert.Equal(2L, await CountAsync());

        await WriteAsync(tx => Outbox.Confirm(tx, ["1", "unknown"]));
        await WriteAsync(tx => Outbox.Confirm(tx, ["1"]));
        Assert.Equal(1L, await CountAsync());
    }

    [Fact]
    public async Task A_sweep_makes_what_is_unconfirmed_for_too_long_publishable_again_oldest_first_and_before_later_rows()
    {
        foreach (var id in new[] { "1", "2", "3", "4" })
        {
            await AddAsync(id);
        }

        var seqs = (await UnpublishedAsync()).ConvertAll(row => row.Seq);
        await WriteAsync(tx => Outbox.MarkPublished(tx, [seqs[0]], 10));
        await WriteAsync(tx => Outbox.MarkPublished(tx, [seqs[1]], 20));
        await WriteAsync(tx => Outbox.MarkPublished(tx, [seqs[2]], 30));

        Assert.Equal(1, await WriteAsync(tx => Outbox.Sweep(tx, 30, limit: 1)));
        Assert.Equal(["1", "4"], Ids(await UnpublishedAsync()));
        Assert.Equal(1, await WriteAsync(tx => Outbox.Sweep(tx, 30, limit: 10)));
        Assert.Equal(["1", "2", "4"], Ids(await UnpublishedAsync()));
        Assert.Equal(0, await WriteAsync(tx => Outbox.Sweep(tx, 30, limit: 10)));
    }

    [Fact]
    public async Task A_number_is_never_given_out_twice_so_that_a_late_mark_hits_no_other_row()
    {
        await AddAsync("1");
        var gone = Assert.Single(await UnpublishedAsync()).Seq;
        await WriteAsync(tx => Outbox.Confirm(tx, ["1"]));
        await _test.ReopenAsync();
        await AddAsync("2");

        await WriteAsync(tx => Outbox.MarkPublished(tx, [gone], 10));

        Assert.Equal(["2"], Ids(await UnpublishedAsync()));
    }

    [Fact]
    public async Task Unpublished_and_unconfirmed_rows_are_found_by_index()
    {
        foreach (var (sql, index) in new[]
        {
            ("SELECT seq FROM outbox WHERE published_ms IS NULL AND stream = @x ORDER BY seq LIMIT 5", "outbox_unpublished"),
            ("SELECT stream FROM outbox WHERE published_ms IS NULL AND stream > @x ORDER BY stream LIMIT 1", "outbox_unpublished"),
            ("SELECT seq FROM outbox WHERE published_ms IS NOT NULL AND published_ms < @x ORDER BY published_ms, seq LIMIT 5", "outbox_unconfirmed"),
        })
        {
            var plan = await _test.Database.ReadAsync(reader => reader.Query($"EXPLAIN QUERY PLAN {sql}", row => row.GetString(3), ("x", "x")), Cancellation);

            Assert.Contains(index, Assert.Single(plan), StringComparison.Ordinal);
        }
    }

    private static IEnumerable<string> Ids(IEnumerable<OutboxRow> rows) => rows.Select(row => row.Message.Id);

    private Task AddAsync(string id, string stream = WorkStreams.Deliveries) => WriteAsync(tx => Outbox.Add(tx, Message.Of(id, stream: stream), 0));

    private async Task<List<OutboxRow>> UnpublishedAsync(int limit = 10) => await _test.Database.ReadAsync(reader => Outbox.Unpublished(reader, limit), Cancellation);

    private async Task<object?> CountAsync() => await _test.Database.ReadAsync(reader => reader.Scalar("SELECT COUNT(*) FROM outbox"), Cancellation);

    private Task WriteAsync(Action<DatabaseTransaction> work) => _test.Database.WriteAsync(work, Cancellation);

    private Task<T> WriteAsync<T>(Func<DatabaseTransaction, T> work) => _test.Database.WriteAsync(work, Cancellation);
}

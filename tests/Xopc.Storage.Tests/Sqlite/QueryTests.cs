using Xopc.Testing.Storage;

namespace Xopc.Storage.Tests.Sqlite;

public sealed class QueryTests : IAsyncDisposable
{
    private readonly TestDatabase _test = TestDatabase.Open("test", clock: null, Child.Numbers);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Theory]
    [InlineData("ÄRGER", "ärger")]
    [InlineData("ДОРОГА", "дорога")]
    [InlineData("Ωmega 42", "ωmega 42")]
    [InlineData("", "")]
    public async Task Lower_case_is_that_of_every_script_on_readers_and_on_the_writer(string text, string lower)
    {
        Assert.Equal(lower, await _test.Database.ReadAsync(reader => reader.Scalar("SELECT LOWER(@text)", ("text", text)), Cancellation));
        Assert.Equal(lower, await _test.Database.WriteAsync(tx => tx.Scalar("SELECT LOWER(@text)", ("text", text)), Cancellation));
        Assert.Null(await _test.Database.ReadAsync(reader => reader.Scalar("SELECT LOWER(@text)", ("text", null)), Cancellation));
    }

    [Fact]
    public async Task Every_kind_of_value_comes_back_as_it_was_given()
    {
        var bytes = new byte[] { 0, 255, 10 };
        var large = new string('ü', 5_000);

        await _test.Database.WriteAsync(
            tx =>
            {
                var row = tx.QueryFirst(
                    "SELECT @text AS text, @empty, @nul, @large, @long, @int, @true, @real, @bytes, @memory, @nothing, @null",
                    reader => (
                        Text: reader.GetString(0), Empty: reader.GetString(1), Nul: reader.GetString(2), Large: reader.GetString(3), Long: reader.GetInt64(4),
                        Int: reader.GetInt32(5), True: reader.GetBoolean(6), Real: reader.GetDouble(7), Bytes: reader.GetFieldValue<byte[]>(8),
                        Memory: (byte[])reader.GetValue(9), Nothing: reader.GetFieldValue<byte[]>(10), Null: reader.IsDBNull(11), ByName: reader["text"]),
                    ("text", "grüße 🦉"), ("empty", ""), ("nul", "a\0b"), ("large", large), ("long", long.MinValue), ("int", int.MaxValue), ("true", true),
                    ("real", 0.1), ("bytes", bytes), ("memory", bytes.AsMemory(1)), ("nothing", Array.Empty<byte>()), ("null", null));

                Assert.Equal(("grüße 🦉", "", "a\0b", large, long.MinValue, int.MaxValue, true, 0.1), (row.Text, row.Empty, row.Nul, row.Large, row.Long, row.Int, row.True, row.Real));
                Assert.Equal(bytes, row.Bytes);
                Assert.Equal([255, 10], row.Memory);
                Assert.Empty(row.Nothing);
                Assert.True(row.Null);
                Assert.Equal("grüße 🦉", row.ByName);
            }, Cancellation);
    }

    [Fact]
    public async Task A_lone_surrogate_is_stored_as_the_replacement_character_and_not_refused() =>
        Assert.Equal("a\uFFFDb", await _test.Database.ReadAsync(reader => reader.Scalar("SELECT @text", ("text", "a\uD800b")), Cancellation));

    [Fact]
    public async Task Parameters_may_come_in_any_order_and_with_or_without_their_sign() =>
        Assert.Equal(
            "a-b-a",
            await _test.Database.ReadAsync(reader => reader.Scalar("SELECT @x || '-' || @y || '-' || @x", ("@y", "b"), ("x", "a")), Cancellation));

    [Fact]
    public async Task Too_few_too_many_and_unknown_parameters_are_told_and_so_are_values_without_a_column()
    {
        foreach (var wrong in new Func<DatabaseReader, object?>[]
        {
            reader => reader.Scalar("SELECT @x"), reader => reader.Scalar("SELECT @x", ("x", 1), ("y", 2)), reader => reader.Scalar("SELECT @x", ("y", 1)),
            reader => reader.Scalar("SELECT @x", ("x", DateTimeOffset.UnixEpoch)), reader => reader.Scalar("SELECT ?", ("x", 1)),
            reader => reader.Scalar("SELECT 1; SELECT 2"),
        })
        {
            await Assert.ThrowsAsync<ArgumentException>(async () => await _test.Database.ReadAsync(wrong, Cancellation));
        }

        Assert.Equal(1L, await _test.Database.ReadAsync(reader => reader.Scalar("SELECT @x", ("x", 1)), Cancellation));
    }

    [Fact]
    public async Task A_column_that_is_null_is_not_taken_for_a_number()
    {
        await Assert.ThrowsAsync<InvalidCastException>(
            async () => await _test.Database.ReadAsync(reader => reader.QueryFirst("SELECT NULL", row => row.GetInt64(0)), Cancellation));
    }

    [Fact]
    public async Task A_read_sees_one_snapshot_whatever_is_committed_meanwhile()
    {
        using var written = new ManualResetEventSlim();
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var read = Task.Run(
            async () => await _test.Database.ReadAsync(
                reader =>
                {
                    var before = reader.Scalar("SELECT COUNT(*) FROM numbers");
                    began.SetResult();
                    written.Wait(Cancellation);
                    return (before, reader.Scalar("SELECT COUNT(*) FROM numbers"));
                }, Cancellation),
            Cancellation);
        await began.Task;
        await _test.Database.WriteAsync(tx => tx.Execute("INSERT INTO numbers (n) VALUES (1)"), Cancellation);
        written.Set();

        Assert.Equal((0L, 0L), await read);
        Assert.Equal(1L, await _test.Database.ReadAsync(reader => reader.Scalar("SELECT COUNT(*) FROM numbers"), Cancellation));
    }

    [Fact]
    public async Task A_reader_cannot_write_and_a_failed_read_spoils_nothing()
    {
        await Assert.ThrowsAnyAsync<Exception>(
            async () => await _test.Database.ReadAsync(reader => reader.Query("DELETE FROM numbers", row => 0), Cancellation));
        await Assert.ThrowsAsync<FormatException>(async () => await _test.Database.ReadAsync<int>(_ => throw new FormatException(), Cancellation));

        Assert.Equal(0L, await _test.Database.ReadAsync(reader => reader.Scalar("SELECT COUNT(*) FROM numbers"), Cancellation));
        Assert.True(_test.Database.Health.Writable);
    }

    [Fact]
    public async Task More_readers_than_connections_wait_for_one_another()
    {
        await _test.Database.WriteAsync(tx => tx.Execute("INSERT INTO numbers (n) VALUES (5)"), Cancellation);

        var read = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(
            async () => await _test.Database.ReadAsync(reader => reader.Scalar("SELECT n FROM numbers"), Cancellation), Cancellation)));

        Assert.All(read, value => Assert.Equal(5L, value));
    }

    [Fact]
    public async Task The_same_statement_may_be_used_while_its_rows_are_being_read()
    {
        const string Sql = "SELECT n FROM numbers WHERE n >= @from ORDER BY n";
        await _test.Database.WriteAsync(tx => tx.Execute("INSERT INTO numbers (n) VALUES (1), (2), (3)"), Cancellation);

        var rows = await _test.Database.ReadAsync(
            reader => reader.Query(Sql, row => (row.GetInt64(0), reader.Query(Sql, inner => inner.GetInt64(0), ("from", row.GetInt64(0))).Count), ("from", 1)),
            Cancellation);

        Assert.Equal([(1, 3), (2, 2), (3, 1)], rows);
    }

    [Fact]
    public async Task Statements_built_from_data_push_each_other_out_instead_of_filling_the_memory()
    {
        await _test.Database.WriteAsync(
            tx =>
            {
                for (var n = 0; n < 1_000; n++)
                {
                    Assert.Equal((long)n, tx.Scalar($"SELECT {n}"));
                }
            }, Cancellation);

        Assert.Equal(7L, await _test.Database.WriteAsync(tx => tx.Scalar("SELECT 7"), Cancellation));
    }
}

namespace Xopc.Storage.Retention;

/// <summary>Removes the oldest rows of a table by age and by bytes.</summary>
/// <param name="Database">Name of the database.</param>
/// <param name="Table">The table; like the columns a constant of the program, never data.</param>
/// <param name="Key">Its primary key column.</param>
/// <param name="TimeColumn">Unix milliseconds; rows where it is null are never removed. An index on (time, bytes) makes both questions cheap.</param>
/// <param name="BytesColumn">What a row weighs, or null for age alone.</param>
/// <param name="MaxAge">Older rows go.</param>
/// <param name="MaxBytes">Beyond the sum the oldest go.</param>
public sealed record TableRetention(
    string Database, string Table, string Key, string TimeColumn, string? BytesColumn, TimeSpan MaxAge, long MaxBytes = long.MaxValue) : IRetentionRule
{
    /// <summary>About a millisecond on the writer.</summary>
    private const int Step = 500;

    private readonly string _remove =
        $"DELETE FROM {Table} WHERE {Key} IN (SELECT {Key} FROM {Table} WHERE {TimeColumn} IS NOT NULL AND {TimeColumn} <= @cutoff ORDER BY {TimeColumn} LIMIT @limit)";

    private readonly string _sum = $"SELECT SUM({BytesColumn ?? "0"}) FROM {Table} WHERE {TimeColumn} IS NOT NULL";

    private readonly string _cutoff =
        $"""
        SELECT newest.at FROM (
          SELECT {TimeColumn} AS at, SUM({BytesColumn ?? "0"}) OVER (ORDER BY {TimeColumn} DESC) AS total FROM {Table} WHERE {TimeColumn} IS NOT NULL) AS newest
        WHERE newest.total > @max ORDER BY newest.at DESC LIMIT 1
        """;

    public string Name => Table;

    public async Task<int> RemoveAsync(Database database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Summing is done once and beside the writer; only the removing of a step is a write.
        var cutoff = await database.ReadAsync(reader => CutoffMs(reader, (now - MaxAge).ToUnixTimeMilliseconds()), cancellationToken);
        return await RetentionSteps.RemoveAsync(
            database, Step, transaction => transaction.Execute(_remove, ("cutoff", cutoff), ("limit", Step)), Durability.Relaxed, cancellationToken);
    }

    private long CutoffMs(DatabaseReader reader, long byAge)
    {
        if (BytesColumn is null || reader.Scalar(_sum) is not long sum || sum <= MaxBytes)
        {
            return byAge;
        }

        return reader.Scalar(_cutoff, ("max", MaxBytes)) is long byBytes ? Math.Max(byAge, byBytes) : byAge;
    }
}

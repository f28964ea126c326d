using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Logs;

/// <summary>Searches asked over HTTP. They read files and parse, so a few at a time, and not on the threads that serve connections.</summary>
internal sealed class LogQueries(LogSearch search, TimeProvider clock) : IDisposable
{
    private const int AtOnce = 2;
    private const int Waiting = 16;
    private static readonly TimeSpan Busy = TimeSpan.FromSeconds(2);
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly SemaphoreSlim _turns = new(AtOnce, AtOnce);
    private int _asked;

    /// <summary><c>{"logs":[…],"count":100,"hasMore":true,"nextCursor":"…"}</c>.</summary>
    public Task<ReadOnlyMemory<byte>> PageAsync(
        LogFilter filter, IReadOnlyDictionary<string, LogPosition>? cursor, int skip, int limit, CancellationToken cancellationToken) => InTurnAsync(() =>
        {
            var buffer = new ArrayBufferWriter<byte>(64 * 1024);
            using var json = new Utf8JsonWriter(buffer, Readable);
            json.WriteStartObject();
            json.WriteStartArray("logs"u8);
            var end = search.Write(json, filter, cursor, skip, limit, cancellationToken);
            json.WriteEndArray();
            json.WriteNumber("count"u8, end.Count);
            json.WriteBoolean("hasMore"u8, end.Next is not null);
            if (end.Next is { } next)
            {
                json.WriteString("nextCursor"u8, next);
            }

            json.WriteEndObject();
            json.Flush();
            return buffer.WrittenMemory;
        }, cancellationToken);

    /// <summary>Lines by level, of the last day.</summary>
    public Task<LogStats> StatsAsync(CancellationToken cancellationToken) => InTurnAsync(() =>
    {
        var counts = LogFilter.AllLevels.ToDictionary(level => level, _ => 0L, StringComparer.Ordinal);
        var modules = new HashSet<string>(StringComparer.Ordinal);
        var complete = search.Visit(LastDay(), record =>
        {
            counts[counts.ContainsKey(record.Level) ? record.Level : "info"]++;
            Note(modules, record);
            return true;
        }, cancellationToken);
        return new LogStats(counts, counts["error"] + counts["fatal"], modules.Count, complete);
    }, cancellationToken);

    /// <summary>The modules that wrote in the last day.</summary>
    public Task<IReadOnlyList<string>> ModulesAsync(CancellationToken cancellationToken) => InTurnAsync<IReadOnlyList<string>>(() =>
    {
        var modules = new HashSet<string>(StringComparer.Ordinal);
        search.Visit(LastDay(), record =>
        {
            Note(modules, record);
            return true;
        }, cancellationToken);
        return [.. modules.Order(StringComparer.Ordinal)];
    }, cancellationToken);

    public void Dispose() => _turns.Dispose();

    private static void Note(HashSet<string> modules, LogRecord record)
    {
        const int most = 1_000;
        if (modules.Count < most && record.Field("module") is { } module)
        {
            modules.Add(module);
        }
    }

    private LogFilter LastDay() => new(null, clock.GetUtcNow().AddDays(-1), null, null, null, null, null, null, null);

    private async Task<T> InTurnAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _asked) > AtOnce + Waiting)
        {
            Interlocked.Decrement(ref _asked);
            throw new ApiException(ErrorCode.Unavailable, "Too many searches of the logs are running", Busy);
        }

        try
        {
            await _turns.WaitAsync(cancellationToken);
            try
            {
                return await Task.Run(work, cancellationToken);
            }
            finally
            {
                _turns.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _asked);
        }
    }
}

using System.Text.Json;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.Gateway.Logs;

/// <summary>One page of the logs of all processes, newest first.</summary>
internal sealed class LogSearch(LogDirectory directory, Redactor redactor, TimeProvider clock)
{
    /// <summary>Bytes of log that one request reads at most; a page then ends early and says that there may be more.</summary>
    private const long ReadBudget = 64L * 1024 * 1024;

    private const long AnswerBudget = 8L * 1024 * 1024;

    /// <summary>How a page ended.</summary>
    /// <param name="Next">Where the next one begins; null when nothing is left.</param>
    internal readonly record struct PageEnd(int Count, string? Next);

    /// <summary>Writes up to <paramref name="limit"/> entries as elements of an array.</summary>
    /// <param name="cursor">Of the page before, or null for the newest lines.</param>
    /// <param name="skip">Entries to leave out first.</param>
    public PageEnd Write(Utf8JsonWriter output, LogFilter filter, IReadOnlyDictionary<string, LogPosition>? cursor, int skip, int limit, CancellationToken cancellationToken)
    {
        var readers = Open(filter, cursor);
        try
        {
            var written = 0;
            var start = output.BytesCommitted + output.BytesPending;
            while (Newest(readers) is { Head: { } head } newest)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (BytesRead(readers) > ReadBudget)
                {
                    return new PageEnd(written, Cursor(readers));
                }

                if (filter.Fits(head) && --skip < 0)
                {
                    if (written == limit || output.BytesCommitted + output.BytesPending - start > AnswerBudget)
                    {
                        return new PageEnd(written, Cursor(readers));
                    }

                    head.WriteTo(output, redactor);
                    written++;
                }

                newest.Advance();
            }

            return new PageEnd(written, null);
        }
        finally
        {
            readers.ForEach(reader => reader.Dispose());
        }
    }

    /// <summary>Hands every fitting record to <paramref name="take"/>, newest first, until it answers false. True when all were seen within the budget.</summary>
    public bool Visit(LogFilter filter, Func<LogRecord, bool> take, CancellationToken cancellationToken)
    {
        var readers = Open(filter, null);
        try
        {
            while (Newest(readers) is { Head: { } head } newest)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (BytesRead(readers) > ReadBudget || (filter.Fits(head) && !take(head)))
                {
                    return false;
                }

                newest.Advance();
            }

            return true;
        }
        finally
        {
            readers.ForEach(reader => reader.Dispose());
        }
    }

    private List<SeriesReader> Open(LogFilter filter, IReadOnlyDictionary<string, LogPosition>? cursor)
    {
        var now = clock.GetUtcNow();
        // A series that appeared after the first page is newer than everything that is still to come.
        return [.. directory.Series()
            .Where(series => cursor is null || cursor.ContainsKey(series.Key))
            .Select(series => SeriesReader.Open(directory, series.Value, cursor is null ? null : cursor[series.Key], filter, now))];
    }

    private static SeriesReader? Newest(List<SeriesReader> readers)
    {
        SeriesReader? newest = null;
        foreach (var reader in readers)
        {
            if (reader.Head is { } head && (newest?.Head is not { } best || head.Time > best.Time))
            {
                newest = reader;
            }
        }

        return newest;
    }

    private static long BytesRead(List<SeriesReader> readers)
    {
        var bytes = 0L;
        foreach (var reader in readers)
        {
            bytes += reader.BytesRead;
        }

        return bytes;
    }

    private static string Cursor(List<SeriesReader> readers) =>
        LogCursor.Write(readers.Where(reader => reader is { Head: not null, Position: not null }).Select(reader => reader.Position!.Value));
}

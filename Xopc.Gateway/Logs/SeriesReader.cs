namespace Xopc.Gateway.Logs;

/// <summary>A series from a place back in time, over its files, with the next record in hand.</summary>
internal sealed class SeriesReader : IDisposable
{
    // Lines of one process are nearly in the order of their times; the clock may have been set back a little.
    private static readonly TimeSpan Disorder = TimeSpan.FromMinutes(1);

    private readonly LogDirectory _directory;
    private readonly LogFilter _filter;
    private readonly Stack<LogFileName> _older;
    private BackwardLines? _lines;
    private LogFileName _file;
    private DateTimeOffset _latest;

    private SeriesReader(LogDirectory directory, LogFilter filter, Stack<LogFileName> older, DateTimeOffset now) =>
        (_directory, _filter, _older, _latest) = (directory, filter, older, now);

    /// <summary>Unread lines lie before it. Null: none are left.</summary>
    public LogPosition? Position { get; private set; }

    /// <summary>The next record to look at, or null at the end.</summary>
    public LogRecord? Head { get; private set; }

    public long BytesRead { get; private set; }

    /// <param name="files">Of one series, oldest first.</param>
    /// <param name="from">Null: from the end of the newest.</param>
    public static SeriesReader Open(LogDirectory directory, IEnumerable<LogFileName> files, LogPosition? from, LogFilter filter, DateTimeOffset now)
    {
        var wanted = files.Where(file => from is not { } start || file.CompareTo(start.File) <= 0);
        if (filter.To is { } to)
        {
            // A file of a day ends within it; a day of grace for clocks.
            wanted = wanted.Where(file => file.Day <= DateOnly.FromDateTime(to.UtcDateTime).AddDays(1));
        }

        var reader = new SeriesReader(directory, filter, new Stack<LogFileName>(wanted), now);
        reader.OpenNext(from);
        reader.Advance();
        return reader;
    }

    /// <summary>Moves to the record before the one in hand.</summary>
    public void Advance()
    {
        Head?.Dispose();
        Head = null;
        while (_lines is not null)
        {
            var before = _lines.BytesRead;
            var moved = _lines.MoveBack();
            BytesRead += _lines.BytesRead - before;
            if (!moved)
            {
                OpenNext(null);
                continue;
            }

            Position = new LogPosition(_file, _lines.End);
            if (_lines.Line.Length == 0)
            {
                continue;
            }

            Head = LogRecord.Parse(_lines.Line, _latest);
            _latest = Head.Time;
            if (_filter.From is { } from && Head.Time < from - Disorder)
            {
                Close();
            }

            return;
        }

        Close();
    }

    public void Dispose()
    {
        Head?.Dispose();
        _lines?.Dispose();
    }

    private void Close()
    {
        Dispose();
        (Head, _lines, Position) = (null, null, null);
    }

    private void OpenNext(LogPosition? from)
    {
        _lines?.Dispose();
        _lines = null;
        while (_lines is null && _older.TryPop(out var file))
        {
            if (_filter.From is { } first && file.Day < DateOnly.FromDateTime(first.UtcDateTime).AddDays(-1))
            {
                return;
            }

            if (_directory.Open(file) is not { } stream)
            {
                continue;
            }

            var end = from is { } place && place.File == file ? Math.Min(place.Offset, stream.Length) : stream.Length;
            (_file, _lines) = (file, new BackwardLines(stream, CompleteEnd(stream, end)));
        }
    }

    /// <summary>Behind the last line feed at or before a place: what follows it is still being written, or the place was made up.</summary>
    private static long CompleteEnd(FileStream stream, long end)
    {
        Span<byte> buffer = stackalloc byte[4096];
        while (end > 0)
        {
            var length = (int)Math.Min(buffer.Length, end);
            stream.Seek(end - length, SeekOrigin.Begin);
            stream.ReadExactly(buffer[..length]);
            var at = buffer[..length].LastIndexOf((byte)'\n');
            if (at >= 0)
            {
                return end - length + at + 1;
            }

            end -= length;
        }

        return 0;
    }
}

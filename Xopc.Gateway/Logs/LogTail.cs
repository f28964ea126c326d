namespace Xopc.Gateway.Logs;

/// <summary>The complete lines that were written behind a place, over all series, oldest first.</summary>
internal sealed class LogTail(LogDirectory directory, IReadOnlyDictionary<string, LogPosition> start)
{
    // What a look reads of one series; more waits for the next look.
    private const int MostBytes = 256 * 1024;

    private readonly Dictionary<string, LogPosition> _positions = new(start, StringComparer.Ordinal);

    /// <summary>A record, and the place behind it.</summary>
    internal readonly record struct Written(LogRecord Record, LogPosition Behind);

    /// <summary>Where all series end now.</summary>
    public static IReadOnlyDictionary<string, LogPosition> Ends(LogDirectory directory) => directory.Series().ToDictionary(
        series => series.Key, series => new LogPosition(series.Value[^1], directory.LengthOf(series.Value[^1]) ?? 0), StringComparer.Ordinal);

    /// <summary>The records since the last look, in the order of their times. The caller disposes of them.</summary>
    public List<Written> Read(DateTimeOffset now)
    {
        var found = new List<Written>();
        foreach (var (series, files) in directory.Series())
        {
            // A series that appeared while we look is read from its beginning.
            var position = _positions.TryGetValue(series, out var known) ? known : new LogPosition(files[0], 0);
            _positions[series] = ReadSeries(files, position, now, found);
        }

        found.Sort(static (left, right) => left.Record.Time.CompareTo(right.Record.Time));
        return found;
    }

    private LogPosition ReadSeries(List<LogFileName> files, LogPosition position, DateTimeOffset now, List<Written> found)
    {
        foreach (var file in files.Where(file => file.CompareTo(position.File) >= 0))
        {
            var from = file == position.File ? position.Offset : 0;
            using var stream = directory.Open(file);
            if (stream is null)
            {
                continue;
            }

            var end = ReadLines(stream, file, from, now, found);
            position = new LogPosition(file, end);
            if (end < stream.Length)
            {
                break; // the rest at the next look, before anything newer
            }
        }

        return position;
    }

    private static long ReadLines(FileStream stream, LogFileName file, long from, DateTimeOffset now, List<Written> found)
    {
        if (stream.Length <= from)
        {
            return Math.Min(from, stream.Length);
        }

        stream.Seek(from, SeekOrigin.Begin);
        var buffer = new byte[(int)Math.Min(MostBytes, stream.Length - from)];
        var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        var at = 0;
        for (int feed; (feed = buffer.AsSpan(at, length - at).IndexOf((byte)'\n')) >= 0; at += feed + 1)
        {
            if (feed > 0)
            {
                found.Add(new Written(LogRecord.Parse(buffer.AsMemory(at, feed), now), new LogPosition(file, from + at + feed + 1)));
            }
        }

        // A line that alone is longer than a look is passed over.
        return at == 0 && length == MostBytes ? from + length : from + at;
    }
}

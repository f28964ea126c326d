using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Xopc.Gateway.Logs;

/// <summary>
/// Where a reader of the logs has arrived, one place per series, as opaque text. A place in a file stays right however much is written behind it, so no
/// page repeats or misses a line while the log grows. Carries nothing that has to be believed: a made-up one reads other lines that its author may read
/// anyway.
/// </summary>
internal static class LogCursor
{
    private const int MaxSeries = 128;
    private const int MaxLength = 16 * 1024;

    // app-agents-2026-01-01.log:1234\napp-…
    public static string Write(IEnumerable<LogPosition> positions) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(string.Join(
        '\n', positions.OrderBy(position => position.File.Series, StringComparer.Ordinal).Select(position => string.Create(CultureInfo.InvariantCulture, $"{position.File}:{position.Offset}")))));

    /// <summary>Null: not a cursor.</summary>
    public static IReadOnlyDictionary<string, LogPosition>? Parse(string text)
    {
        if (text.Length > MaxLength || !Base64Url.IsValid(text))
        {
            return null;
        }

        var positions = new Dictionary<string, LogPosition>(StringComparer.Ordinal);
        foreach (var line in Encoding.ASCII.GetString(Base64Url.DecodeFromChars(text)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.LastIndexOf(':');
            if (colon < 0 || LogFileName.Parse(line[..colon]) is not { } file
                || !long.TryParse(line.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
                || positions.Count == MaxSeries || !positions.TryAdd(file.Series, new LogPosition(file, offset)))
            {
                return null;
            }
        }

        return positions;
    }
}

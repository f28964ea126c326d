using System.Globalization;
using System.Text.RegularExpressions;

namespace Xopc.ServiceDefaults.Logging;

/// <summary>The names of one process's log files (<c>app-2026-01-01.log</c>, then <c>app-2026-01-01.1.log</c>, …) and how long they are kept.</summary>
internal sealed partial class LogFileSet(string directory, string prefix, LogLimits limits)
{
    public string PathOf(DateOnly day, int number) =>
        Path.Combine(directory, number == 0 ? $"{prefix}-{day:yyyy-MM-dd}.log" : $"{prefix}-{day:yyyy-MM-dd}.{number}.log");

    /// <summary>The number to go on with: the highest of the day.</summary>
    public int LastNumber(DateOnly day) => Mine().Where(f => f.Day == day).Select(f => f.Number).DefaultIfEmpty(0).Max();

    /// <summary>Deletes what is too old (of every process: nobody writes to a file of last week) and, oldest first, what is too much (of this one).</summary>
    public void Trim(DateOnly today, string current)
    {
        foreach (var (path, day, _, _) in All().Where(f => f.Day < today.AddDays(-limits.RetentionDays)))
        {
            Delete(path, current);
        }

        var total = 0L;
        foreach (var (path, _, _, length) in Mine().OrderByDescending(f => f.Day).ThenByDescending(f => f.Number))
        {
            total += length;
            if (total > limits.TotalBytes)
            {
                Delete(path, current);
            }
        }
    }

    private static void Delete(string path, string current)
    {
        if (path == current)
        {
            return;
        }

        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Open in a viewer on Windows, or not ours: the next roll tries again.
        }
    }

    private IEnumerable<(string Path, DateOnly Day, int Number, long Length)> Mine() =>
        All().Where(f => Path.GetFileName(f.Path) == Path.GetFileName(PathOf(f.Day, f.Number)));

    private IEnumerable<(string Path, DateOnly Day, int Number, long Length)> All()
    {
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles("app-*.log"))
        {
            var match = FileName().Match(file.Name);
            if (match.Success && DateOnly.TryParseExact(match.Groups["day"].ValueSpan, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            {
                yield return (file.FullName, day, match.Groups["number"] is { Success: true } n ? int.Parse(n.ValueSpan) : 0, file.Exists ? file.Length : 0);
            }
        }
    }

    [GeneratedRegex("""^app(?:-[a-z0-9-]+?)?-(?<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:\.(?<number>[0-9]{1,6}))?\.log$""", RegexOptions.None, 100)]
    private static partial Regex FileName();
}

/// <param name="FileBytes">A file that would grow beyond this is followed by the next number.</param>
/// <param name="TotalBytes">All files of one process together.</param>
internal sealed record LogLimits(int RetentionDays = 7, long FileBytes = 20 * 1024 * 1024, long TotalBytes = 100 * 1024 * 1024);

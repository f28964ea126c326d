using System.Globalization;

namespace Xopc.Load.Measuring;

/// <summary>What Linux knows about a process.</summary>
internal static class ProcessFigures
{
    /// <summary>USER_HZ: the unit of <c>/proc/pid/stat</c>, 100 on every architecture that .NET runs on.</summary>
    private const double TicksPerMillisecond = 0.1;

    /// <summary>User and system time so far, in milliseconds, in steps of 10.</summary>
    public static double CpuMilliseconds(int pid)
    {
        // "4711 (name with spaces) S 1 …": the fields are counted from behind the last parenthesis; utime and stime are the 14th and 15th of all.
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (Number(fields[11]) + Number(fields[12])) / TicksPerMillisecond;
    }

    /// <summary>Memory in MiB: PSS counts a page shared by n processes as 1/n, RSS as whole.</summary>
    public static (double Pss, double Rss) Memory(int pid)
    {
        var (pss, rss) = (0L, 0L);
        foreach (var line in File.ReadLines($"/proc/{pid}/smaps_rollup"))
        {
            if (line.StartsWith("Pss:", StringComparison.Ordinal))
            {
                pss = Kilobytes(line);
            }
            else if (line.StartsWith("Rss:", StringComparison.Ordinal))
            {
                rss = Kilobytes(line);
            }
        }

        return (pss / 1024.0, rss / 1024.0);
    }

    /// <summary>Other processes that run on the same files of the runtime: the more of them, the smaller this one's PSS.</summary>
    public static int RuntimeSharers(int pid)
    {
        const string runtime = "/libcoreclr.so";
        var own = Maps(pid).FirstOrDefault(static line => line.EndsWith(runtime, StringComparison.Ordinal));
        if (own is null)
        {
            return 0;
        }

        // "7f…-7f… r-xp 00000000 fe:00 1234   /usr/…/libcoreclr.so"
        var path = own[own.IndexOf('/')..];
        return Directory.EnumerateDirectories("/proc")
            .Select(static name => int.TryParse(Path.GetFileName(name), NumberStyles.None, CultureInfo.InvariantCulture, out var other) ? other : 0)
            .Count(other => other > 0 && other != pid && Maps(other).Any(line => line.EndsWith(path, StringComparison.Ordinal)));
    }

    private static string[] Maps(int pid)
    {
        try
        {
            return File.ReadAllLines($"/proc/{pid}/maps");
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            return []; // ended meanwhile, or somebody else's
        }
    }

    private static long Kilobytes(string line) => Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);

    private static long Number(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}

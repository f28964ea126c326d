using System.Diagnostics;
using System.Globalization;

namespace Xopc.Cli.Hosting;

/// <summary>Tells one process from a later one with the same id.</summary>
internal static class ProcessIdentity
{
    /// <summary>
    /// When the process started: on Linux field 22 of <c>/proc/{pid}/stat</c> (clock ticks since boot), elsewhere Unix milliseconds.
    /// Null: no such process, or none of ours to ask.
    /// </summary>
    public static long? StartTimeOf(int pid)
    {
        try
        {
            return OperatingSystem.IsLinux() ? FromStat(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"))) : FromRuntime(pid);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    // 1234 (a name) with (brackets)) S 1 1234 … : the name may hold anything, so fields are counted from its last bracket; the start time is the 20th after it.
    internal static long? FromStat(string stat)
    {
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19 && long.TryParse(fields[19], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) ? ticks : null;
    }

    private static long FromRuntime(int pid)
    {
        using var process = Process.GetProcessById(pid);
        return new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds();
    }
}

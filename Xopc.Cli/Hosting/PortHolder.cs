using System.Globalization;

namespace Xopc.Cli.Hosting;

/// <summary>Finds who listens on a TCP port, as far as the system tells this user. Linux only; used for an error message and nothing else.</summary>
internal static class PortHolder
{
    // From the /proc/net/tcp format: the state of a listening socket.
    private const string Listening = "0A";

    /// <summary>For example <c>process 4711 (node)</c>; null when it cannot be told.</summary>
    public static string? Describe(int port)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        try
        {
            var sockets = ListeningInodes(port).Select(inode => $"socket:[{inode}]").ToHashSet(StringComparer.Ordinal);
            return sockets.Count == 0
                ? null
                : Directory.EnumerateDirectories("/proc").Where(IsProcess).FirstOrDefault(process => Holds(process, sockets)) is { } owner
                    ? $"process {Path.GetFileName(owner)} ({File.ReadAllText(Path.Combine(owner, "comm")).Trim()})"
                    : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    //   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
    //    0: 0100007F:4966 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31337 1 …
    private static IEnumerable<string> ListeningInodes(int port)
    {
        var suffix = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        return ((string[])["/proc/net/tcp", "/proc/net/tcp6"])
            .Where(File.Exists)
            .SelectMany(File.ReadLines)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 9 && fields[3] == Listening && fields[1].EndsWith(suffix, StringComparison.Ordinal))
            .Select(fields => fields[9]);
    }

    private static bool IsProcess(string directory) => Path.GetFileName(directory.AsSpan()).IndexOfAnyExceptInRange('0', '9') < 0;

    private static bool Holds(string process, HashSet<string> sockets)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(Path.Combine(process, "fd"))
                .Any(descriptor => new FileInfo(descriptor).LinkTarget is { } target && sockets.Contains(target));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

using System.Text;

namespace Xopc.Testing.Canaries;

/// <summary>
/// Deletes what a test wrote, and looks into it first: secrets of tests begin with <see cref="Canary.Mark"/>, and outside of the files that are their home none may
/// stand anywhere. <c>./test</c> counts what is found; without it the test fails.
/// </summary>
public static class Leftovers
{
    /// <summary>Names the file to which places are added, a line each.</summary>
    private const string Report = "XOPC_TEST_LEAKS";

    /// <summary>Databases of load tests; what a secret gets into, it gets into early.</summary>
    private const int MaxRead = 64 * 1024 * 1024;

    private static readonly CanarySearch Search = new([new Canary("a secret of the tests", Canary.Mark + Canary.Mark)]);
    private static readonly Lock Writing = new();

    public static void Delete(string directory)
    {
        var leaks = Find(directory);
        Directory.Delete(directory, recursive: true);
        if (leaks.Count == 0)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable(Report) is not { Length: > 0 } report)
        {
            throw new InvalidOperationException("Secrets got out of their place:\n" + string.Join('\n', leaks));
        }

        lock (Writing)
        {
            File.AppendAllLines(report, leaks);
        }
    }

    public static IReadOnlyList<string> Find(string directory)
    {
        var every = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Device, IgnoreInaccessible = true };
        return [.. Directory.EnumerateFiles(directory, "*", every).Where(file => !IsHome(file)).SelectMany(file => In(directory, file)).Select(leak => leak.ToString())];
    }

    /// <summary>The configuration and its backups, the keys of model servers, and <c>credentials/</c>: there secrets are written down.</summary>
    private static bool IsHome(string file) =>
        Path.GetFileName(file) is var name
        && (name.StartsWith("xopc.json", StringComparison.Ordinal) || name == "models.json" || Path.GetFileName(Path.GetDirectoryName(file)) == "credentials");

    private static IReadOnlyList<CanaryLeak> In(string directory, string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[Math.Min(stream.Length, MaxRead)];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return Search.In(Path.GetRelativePath(directory, file), Encoding.Latin1.GetString(bytes, 0, length));
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            return []; // a socket, or gone meanwhile
        }
    }
}

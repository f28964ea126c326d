using Xopc.Configuration;

namespace Xopc.Gateway.Audit;

/// <summary>The files that hold secrets, and which of them other users of the machine can read.</summary>
public static class SecretFiles
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>
    /// Absolute paths. A file is safe when its mode or its directory's closes it (credentials/ is 0700). Windows keeps what the profile directory's
    /// rights say and answers nothing.
    /// </summary>
    public static IReadOnlyList<string> ReadableByOthers(StatePaths paths, TlsConfig? tls)
    {
        if (OperatingSystem.IsWindows())
        {
            return [];
        }

        var files = new List<string> { paths.ConfigFile, paths.ModelsFile };
        if (Directory.Exists(paths.CredentialsDirectory))
        {
            files.AddRange(new DirectoryInfo(paths.CredentialsDirectory).EnumerateFiles().Take(100).Select(file => file.FullName));
        }

        if (tls is not null)
        {
            files.Add(tls.KeyFile ?? tls.CertFile);
        }

        return [.. files.Where(IsOpen)];
    }

    private static bool IsOpen(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        try
        {
            return (File.GetUnixFileMode(path) & Others) != 0 && !IsClosedDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // not there, or not ours to look at
        }
    }

    private static bool IsClosedDirectory(string directory) =>
        !OperatingSystem.IsWindows()
        && (File.GetUnixFileMode(directory) & (Others | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) == 0;
}

using Xopc.Configuration;

namespace Xopc.Gateway.Logs;

/// <summary>The log files of this machine: every process of the installation writes into one directory.</summary>
internal sealed class LogDirectory(StatePaths paths)
{
    /// <summary>A month of a large bundle; what is older than that many files is not looked at.</summary>
    public const int MaxFiles = 2_000;

    public string Path => paths.LogsDirectory;

    /// <summary>Oldest first within each series.</summary>
    public IReadOnlyDictionary<string, List<LogFileName>> Series() => Names()
        .GroupBy(name => name.Series, StringComparer.Ordinal)
        .ToDictionary(series => series.Key, series => series.Order().ToList(), StringComparer.Ordinal);

    public IEnumerable<FileInfo> Files() => Names().Select(name => new FileInfo(PathOf(name))).Where(file => file.Exists);

    public string PathOf(LogFileName name) => System.IO.Path.Combine(Path, name.ToString());

    /// <summary>Its length, or null when it is not there (any more).</summary>
    public long? LengthOf(LogFileName name) => new FileInfo(PathOf(name)) is { Exists: true } file ? file.Length : null;

    /// <summary>Opened beside the process that writes it; null when retention was faster.</summary>
    public FileStream? Open(LogFileName name)
    {
        try
        {
            return new FileStream(PathOf(name), new FileStreamOptions
            {
                Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0,
            });
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private List<LogFileName> Names()
    {
        if (!Directory.Exists(Path))
        {
            return [];
        }

        var names = Directory.EnumerateFiles(Path, "app-*.log").Select(path => LogFileName.Parse(System.IO.Path.GetFileName(path))).OfType<LogFileName>();
        return [.. names.OrderByDescending(name => name.Day).ThenByDescending(name => name.Number).Take(MaxFiles)];
    }
}

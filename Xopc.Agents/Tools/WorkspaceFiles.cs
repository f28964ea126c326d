namespace Xopc.Agents.Tools;

/// <summary>Walks a workspace: in the order of names, past links and past folders that nobody means, up to a bound.</summary>
internal static class WorkspaceFiles
{
    /// <summary>Entries looked at by one call; a home directory given as workspace must not occupy a tool for minutes.</summary>
    public const int MaxVisited = 50_000;

    private static readonly string[] Skipped = [".git", "node_modules", ".hg", ".svn"];

    private static readonly EnumerationOptions Plain = new() { AttributesToSkip = 0, IgnoreInaccessible = true };

    /// <summary>All files under a real path. <paramref name="visited"/> is called for every entry and says whether to go on.</summary>
    public static IEnumerable<FileInfo> Walk(string start, Func<bool> visited, CancellationToken cancellationToken)
    {
        var waiting = new Stack<DirectoryInfo>([new DirectoryInfo(start)]);
        while (waiting.TryPop(out var folder))
        {
            var entries = Entries(folder);
            foreach (var entry in entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!visited())
                {
                    yield break;
                }

                if (entry is FileInfo file)
                {
                    yield return file;
                }
            }

            foreach (var child in entries.OfType<DirectoryInfo>().Reverse().Where(child => !Skipped.Contains(child.Name, StringComparer.Ordinal)))
            {
                waiting.Push(child);
            }
        }
    }

    private static List<FileSystemInfo> Entries(DirectoryInfo folder)
    {
        try
        {
            return [.. folder.EnumerateFileSystemInfos("*", Plain).Where(entry => entry.LinkTarget is null).Take(MaxVisited).OrderBy(entry => entry.Name, StringComparer.Ordinal)];
        }
        catch (Exception ex) when (ex is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            return [];
        }
    }
}

namespace Xopc.Configuration;

/// <summary>One spelling per file: absolute, symbolic links followed, so that two ways to write a path mean one thing. A path that does not exist yet is spelled as it is.</summary>
public static class CanonicalPath
{
    public static string Of(string path)
    {
        var full = Path.GetFullPath(path);
        var root = Path.GetPathRoot(full) ?? "";
        var resolved = root;
        foreach (var part in full[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            resolved = Follow(Path.Combine(resolved, part));
        }

        return OperatingSystem.IsWindows() ? resolved.ToUpperInvariant() : resolved;
    }

    private static string Follow(string path)
    {
        try
        {
            return new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not there yet, not readable, or a loop of links: the spelling has to do.
            return path;
        }
    }
}

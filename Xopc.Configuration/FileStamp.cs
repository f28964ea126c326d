namespace Xopc.Configuration;

/// <summary>Enough to see that a file is another one: what its links end in, when it was written, how long it is. Of an absent file: nothing.</summary>
public readonly record struct FileStamp(string? Target, DateTime Written, long Length)
{
    public static FileStamp Of(string path)
    {
        try
        {
            var info = new FileInfo(AtomicFile.ResolveTarget(path));
            return info.Exists ? new FileStamp(info.FullName, info.LastWriteTimeUtc, info.Length) : new FileStamp("", default, 0);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // A stamp of its own: the reload then says what is wrong.
            return new FileStamp(ex.GetType().Name, default, -1);
        }
    }
}

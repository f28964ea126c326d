namespace Xopc.Configuration;

/// <summary>Replaces a small file so that a reader, or a crash at any instant, finds the old text or the new one. All of it for the owner only (0600).</summary>
internal static class AtomicFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int Backups = 10;

    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(15);

    /// <summary>What a chain of symbolic links ends in: replacing the link itself would cut it off from the file its owner keeps elsewhere.</summary>
    public static string ResolveTarget(string path) =>
        new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;

    /// <summary>Takes the lock file (flock on Unix, sharing on Windows; the kernel frees it when its holder dies). Null: not within <paramref name="patience"/>.</summary>
    public static async Task<FileStream?> TryLockAsync(string path, TimeSpan patience, TimeProvider clock, CancellationToken cancellationToken)
    {
        for (var start = clock.GetTimestamp(); ;)
        {
            try
            {
                // The lock file stays: deleting it would let two writers lock two different files of one name.
                return new FileStream(path, Options(FileMode.OpenOrCreate));
            }
            catch (IOException ex) when (ex is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(path))
            {
                if (clock.GetElapsedTime(start) >= patience)
                {
                    return null;
                }
            }

            await Task.Delay(LockPoll, clock, cancellationToken);
        }
    }

    /// <summary>Under the lock: writes beside the file, syncs, keeps the old text as a backup, renames over it, syncs the directory.</summary>
    public static void Replace(string target, byte[] bytes, bool keepBackups, Action? beforeReplace)
    {
        var directory = Path.GetDirectoryName(target)!;
        RemoveLeftovers(target, directory);
        var temporary = Temporary(target);
        try
        {
            Write(temporary, bytes);
            if (keepBackups)
            {
                RotateBackups(target);
            }

            beforeReplace?.Invoke();
            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw;
        }

        DirectorySync.Sync(directory);
    }

    private static void Write(string path, byte[] bytes)
    {
        using var stream = new FileStream(path, Options(FileMode.CreateNew));
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }

    private static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }

    // .bak is the newest, .bak.9 the oldest. A crash in the middle costs at most one step of history, never the file.
    private static void RotateBackups(string target)
    {
        for (var i = Backups - 1; i > 0; i--)
        {
            var older = $"{target}.bak.{i}";
            var newer = i == 1 ? target + ".bak" : $"{target}.bak.{i - 1}";
            if (File.Exists(newer))
            {
                File.Move(newer, older, overwrite: true);
            }
        }

        var copy = Temporary(target);
        Write(copy, File.ReadAllBytes(target));
        File.Move(copy, target + ".bak", overwrite: true);
    }

    private static string Temporary(string target) =>
        Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");

    // What a writer that died left behind; under the lock nobody else's is alive.
    private static void RemoveLeftovers(string target, string directory)
    {
        foreach (var leftover in Directory.EnumerateFiles(directory, $".{Path.GetFileName(target)}.*.tmp"))
        {
            File.Delete(leftover);
        }
    }
}

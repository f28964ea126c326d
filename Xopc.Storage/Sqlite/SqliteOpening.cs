using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Xopc.Storage.Sqlite;

/// <summary>
/// Opens a file for writing: looks at it through a read-only connection first, so that a file which is not ours, damaged or from a newer
/// version is refused without a byte of it changed; creates and migrates it only then.
/// </summary>
internal static class SqliteOpening
{
    /// <summary>"XOPC" in the file's header (bytes 68–71): this file is ours.</summary>
    public const int ApplicationId = 0x584F5043;

    /// <exception cref="DatabaseOpenException">Waiting will not help.</exception>
    /// <exception cref="SqliteException">Waiting may help, see <see cref="SqliteFailure.IsPassing"/>.</exception>
    public static SqliteSession Open(SqliteSettings settings, bool mayCreate, long nowMs)
    {
        var path = settings.Path;
        try
        {
            if (Prepare(path, mayCreate))
            {
                Inspect(settings);
            }

            var session = OpenWriter(settings);
            try
            {
                Migrator.Migrate(session, path, settings.Series, nowMs);
                settings.Tamper?.Invoke(session);
                return session;
            }
            catch
            {
                session.Dispose();
                throw;
            }
        }
        catch (SqliteException error) when (!SqliteFailure.IsPassing(error))
        {
            throw new DatabaseOpenException(SqliteFailure.Describe(path, error), error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new DatabaseOpenException($"The database '{path}' cannot be opened: {error.Message} Make the file and its directory writable for this user.", error);
        }
        catch (IOException error) when (!IsDiskFull(error))
        {
            throw new DatabaseOpenException($"The database '{path}' cannot be opened: {error.Message} Check that its directory is there and writable.", error);
        }
        catch (IOException error)
        {
            throw new SqliteException(error.Message, raw.SQLITE_FULL);
        }
    }

    public static SqliteSession OpenReader(SqliteSettings settings)
    {
        var session = SqliteSession.Open(settings.Path, readOnly: true, settings.BusyTimeout);
        // Nothing is mapped: behind a mapping, an I/O error is a signal that kills the process instead of a code that can be told.
        session.Run("PRAGMA cache_size=-1024; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA query_only=ON;");
        return session;
    }

    private static SqliteSession OpenWriter(SqliteSettings settings)
    {
        var session = SqliteSession.Open(settings.Path, readOnly: false, settings.BusyTimeout);
        try
        {
            if (session.IsReadOnly)
            {
                throw new DatabaseOpenException(
                    $"The database '{settings.Path}' is read-only for this user. Make the file and its directory writable, or set XOPC_STATE_DIR to another place.");
            }

            TightenMode(settings.Path);
            Initialise(session, settings.Path);
            // 8192 pages (32 MiB) are the last resort: the checkpoint after every 4000 pages runs beside the writer and usually leaves nothing to copy.
            session.Run("""
                PRAGMA foreign_keys=ON; PRAGMA cache_size=-4096; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA synchronous=FULL;
                PRAGMA fullfsync=ON; PRAGMA checkpoint_fullfsync=ON; PRAGMA wal_autocheckpoint=8192; PRAGMA journal_size_limit=33554432;
                """);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Makes sure that there is a file. True: it has content.</summary>
    private static bool Prepare(string path, bool mayCreate)
    {
        if (Directory.Exists(path))
        {
            throw new DatabaseOpenException($"There is a directory where the database file '{path}' should be. Move it away.");
        }

        if (!File.Exists(path))
        {
            if (!mayCreate)
            {
                throw new DatabaseOpenException($"The database '{path}' has disappeared while it was in use. Put it back; a restart creates an empty one.");
            }

            Create(path);
        }

        return new FileInfo(path).Length > 0;
    }

    /// <summary>
    /// A new file is made complete under another name and then moved: whoever finds a file at the path finds a finished one, also when several processes
    /// start at once. The first sync of its log syncs the directory too, so the name survives a power loss with the first promise.
    /// </summary>
    private static void Create(string path)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var draft = $"{path}.{Guid.NewGuid():N}.new";
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(directory);
                File.Create(draft).Dispose();
            }
            else
            {
                const UnixFileMode Ours = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                Directory.CreateDirectory(directory, Ours | UnixFileMode.UserExecute);
                new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Ours }).Dispose();
            }

            using (var session = SqliteSession.Open(draft, readOnly: false, TimeSpan.Zero))
            {
                Initialise(session, path);
            }

            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was faster: its file is as good.
            File.Delete(draft);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }

    /// <summary>The name tag is written before the file becomes a WAL file, so that it always stands in the file itself and never only in its log.</summary>
    private static void Initialise(SqliteSession session, string path)
    {
        if (session.Scalar("PRAGMA application_id", []) is not (long)ApplicationId)
        {
            session.Run($"PRAGMA auto_vacuum=INCREMENTAL; PRAGMA application_id={ApplicationId};");
        }

        if (session.Scalar("PRAGMA journal_mode=WAL", []) is not "wal")
        {
            throw new DatabaseOpenException($"The file system of '{path}' does not support SQLite's write-ahead log (a network drive?). Put the state directory on a local disk.");
        }
    }

    /// <summary>
    /// Only through SQLite: closing any other handle on the file would drop the locks that this process's connections hold on it (fcntl), and another
    /// process could then take the log away under them. A read-only connection changes nothing, not even when it is the last to close.
    /// </summary>
    private static void Inspect(SqliteSettings settings)
    {
        using var session = SqliteSession.Open(settings.Path, readOnly: true, settings.BusyTimeout);
        if (session.Scalar("PRAGMA application_id", []) is not (long)ApplicationId)
        {
            throw new DatabaseOpenException(
                $"The file '{settings.Path}' is a database of another program. Move it away, or set XOPC_STATE_DIR to another place; nothing was changed.");
        }

        Migrator.Check(session, settings.Path, settings.Series);
    }

    /// <summary>A file that came from a backup may be open to others; the log beside it inherits the mode.</summary>
    private static void TightenMode(string path)
    {
        const UnixFileMode Others = (UnixFileMode)0b000_111_111;
        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(path) is var mode && (mode & Others) != 0)
        {
            File.SetUnixFileMode(path, mode & ~Others);
        }
    }

    // ENOSPC and EDQUOT, and Windows' ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL.
    private static bool IsDiskFull(IOException error) => (error.HResult & 0xffff) is 28 or 122 or 112 or 39;
}

using Microsoft.Data.Sqlite;

namespace Xopc.Storage.Sqlite;

/// <summary>
/// Copies the log into the file beside the writer, on a connection of its own, so that a commit seldom waits for it. One at a time; only the writer
/// starts it, and waits for it at its end.
/// </summary>
internal sealed class SqliteCheckpoint(SqliteSettings settings, Action<Exception> failed) : IDisposable
{
    /// <summary>
    /// 16 MiB of log. A commit that meets a checkpoint waits for its syncs: at 4 MiB that was one turn in forty, at 16 MiB it is fewer than one in a
    /// hundred, and pages that are written again and again are copied once. A log of this size is read in some 20 ms after a crash.
    /// </summary>
    private const int PagesBetween = 4000;

    private readonly ManualResetEventSlim _idle = new(initialState: true);
    private int _pages;

    /// <summary>Called by the writer after each commit.</summary>
    public void Wrote(int pages)
    {
        _pages += pages;
        if (_pages < PagesBetween || !_idle.IsSet)
        {
            return;
        }

        _pages = 0;
        _idle.Reset();
        ThreadPool.UnsafeQueueUserWorkItem(static self => self.Run(), this, preferLocal: false);
    }

    public void Dispose()
    {
        _idle.Wait();
        _idle.Dispose();
    }

    private void Run()
    {
        try
        {
            using var session = SqliteSession.Open(settings.Path, readOnly: false, TimeSpan.Zero);
            session.Run("PRAGMA cache_size=-256; PRAGMA checkpoint_fullfsync=ON;");
            session.CheckpointPassively();
        }
        catch (SqliteException error)
        {
            failed(error);
        }
        finally
        {
            _idle.Set();
        }
    }
}

using Xopc.Configuration;
using Xopc.Storage;
using Xopc.Storage.Retention;

namespace Xopc.Channels.Intake;

/// <summary>
/// Removes files that nobody asked for within thirty days, and of all the oldest while they are too many; by then the session that shows one has a copy of its own.
/// And what a death left half written.
/// </summary>
internal sealed class BlobRetention(StatePaths paths) : IRetentionRule
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(30);
    private static readonly TimeSpan MaxUnfinished = TimeSpan.FromDays(1);

    // A turn that waits for its session has no copy yet.
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary>Bytes of all files together.</summary>
    public long MaxBytes { get; init; } = 4L * 1024 * 1024 * 1024;

    public string Database => ChannelsSchema.Database;

    public string Name => "blobs";

    public Task<int> RemoveAsync(Database database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (removed, bytes) = (0, 0L);
        foreach (var file in new DirectoryInfo(paths.BlobsDirectory).EnumerateFiles().OrderByDescending(file => file.LastWriteTimeUtc))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var age = now - file.LastWriteTimeUtc;
            bytes += file.Length;
            if ((age > (file.Extension == BlobStore.Unfinished ? MaxUnfinished : MaxAge) || (bytes > MaxBytes && age > Kept))
                && File.GetLastWriteTimeUtc(file.FullName) == file.LastWriteTimeUtc) // else the same content came again meanwhile
            {
                file.Delete();
                removed++;
            }
        }

        return Task.FromResult(removed);
    }
}

using Xopc.Configuration;
using Xopc.Storage;
using Xopc.Storage.Retention;

namespace Xopc.Channels.Intake;

/// <summary>Removes files that nobody asked for within thirty days; by then the session that shows one has a copy of its own. And what a death left half written.</summary>
internal sealed class BlobRetention(StatePaths paths) : IRetentionRule
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(30);
    private static readonly TimeSpan MaxUnfinished = TimeSpan.FromDays(1);

    public string Database => ChannelsSchema.Database;

    public string Name => "blobs";

    public Task<int> RemoveAsync(Database database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var file in new DirectoryInfo(paths.BlobsDirectory).EnumerateFiles())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (now - file.LastWriteTimeUtc > (file.Extension == BlobStore.Unfinished ? MaxUnfinished : MaxAge))
            {
                file.Delete();
                removed++;
            }
        }

        return Task.FromResult(removed);
    }
}

using System.Security.Cryptography;
using Xopc.Configuration;
using Xopc.Contracts;

namespace Xopc.Channels.Intake;

/// <summary>
/// Files that people sent: <c>blobs/{SHA-256}</c>, whole and on the disk before any row names them. Agents read them by name; age takes them away
/// (<see cref="BlobRetention"/>).
/// </summary>
internal sealed class BlobStore(StatePaths paths)
{
    /// <summary>Extension of a file that is still being written.</summary>
    public const string Unfinished = ".tmp";

    /// <summary>Lets <paramref name="write"/> fill a file and keeps it under the name of its content; the same content is kept once.</summary>
    public async Task<(string Id, long Bytes)> PutAsync(Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        var directory = paths.BlobsDirectory;
        var temporary = Path.Combine(directory, Guid.NewGuid().ToString("N") + Unfinished);
        try
        {
            string id;
            long bytes;
            await using (var file = new FileStream(temporary, Private()))
            {
                await write(file, cancellationToken);
                file.Flush(flushToDisk: true);
                bytes = file.Length;
                file.Position = 0;
                id = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
            }

            FaultPoint.Reach("media.written");
            File.Move(temporary, Path.Combine(directory, id), overwrite: true);
            DirectorySync.Sync(directory);
            FaultPoint.Reach("media.kept");
            return (id, bytes);
        }
        finally
        {
            File.Delete(temporary); // no longer there when it was kept
        }
    }

    private static FileStreamOptions Private()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}

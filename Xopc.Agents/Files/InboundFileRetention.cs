using Xopc.Storage;
using Xopc.Storage.Retention;

namespace Xopc.Agents.Files;

/// <summary>Removes files that were sent along: those of sessions that are gone, those older than 90 days, and the oldest beyond 4 GiB per workspace.</summary>
internal sealed class InboundFileRetention(AgentWorkspaces workspaces) : IRetentionRule
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(90);
    public const long MaxBytes = 4L * 1024 * 1024 * 1024;

    // A file lies in its folder before the message that names it, and before the message's session, is accepted.
    private static readonly TimeSpan Arriving = TimeSpan.FromHours(1);

    // One level of folders; what a tool linked in from elsewhere is not ours.
    private static readonly EnumerationOptions Entries = new() { RecurseSubdirectories = true, MaxRecursionDepth = 1, AttributesToSkip = FileAttributes.ReparsePoint };

    public string Database => AgentsSchema.Database;

    public string Name => "inbound_files";

    public async Task<int> RemoveAsync(Database database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var keys = await database.ReadAsync(reader => reader.Query("SELECT key FROM sessions", static row => row.GetString(0)), cancellationToken);
        var kept = keys.Select(InboundFolder.Of).Concat(keys.Select(InboundFolder.Former)).ToHashSet(StringComparer.Ordinal);
        return workspaces.All().Sum(workspace => Remove(workspace, kept, now.UtcDateTime, MaxBytes));
    }

    internal static int Remove(string workspace, IReadOnlySet<string> kept, DateTime now, long maxBytes)
    {
        if (InboundFiles.RootOf(workspace) is not { } root)
        {
            return 0;
        }

        var removed = 0;
        var bytes = 0L;
        foreach (var file in root.EnumerateFiles("*", Entries).OrderByDescending(static file => file.LastWriteTimeUtc))
        {
            bytes += file.Length;
            var age = now - file.LastWriteTimeUtc;
            var unwanted = !kept.Contains(file.Directory!.Name) || file.Extension == InboundFiles.Unfinished;
            if (age > MaxAge || bytes > maxBytes || (unwanted && age > Arriving))
            {
                file.Delete();
                removed++;
            }
        }

        foreach (var folder in root.EnumerateDirectories("*", Entries).Where(folder => now - folder.LastWriteTimeUtc > Arriving && !folder.EnumerateFileSystemInfos().Any()))
        {
            folder.Delete();
        }

        return removed;
    }
}

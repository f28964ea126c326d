using Xopc.Configuration;
using Xopc.Storage;
using Xopc.Storage.Retention;

namespace Xopc.Scheduler.Occurrences;

/// <summary>Removes what ended longer ago than <c>cron.historyRetentionDays</c>, as it says at the time, and the oldest beyond a size.</summary>
internal sealed class OccurrenceRetention(ConfigStore configuration) : IRetentionRule
{
    private const long MaxBytes = 256L * 1024 * 1024;

    public string Database => SchedulerSchema.Database;

    public string Name => "occurrences";

    public Task<int> RemoveAsync(Database database, DateTimeOffset now, CancellationToken cancellationToken) =>
        new TableRetention(Database, Name, "seq", "ended_ms", "bytes", TimeSpan.FromDays(configuration.Current.Cron.HistoryRetentionDays), MaxBytes)
            .RemoveAsync(database, now, cancellationToken);
}

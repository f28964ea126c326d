using Xopc.Scheduler.Jobs;
using Xopc.Scheduler.Occurrences;
using Xopc.Storage.Migrations;

namespace Xopc.Scheduler;

/// <summary>The schema of <c>scheduler.db</c>. Storage's own series holds the outbox (turns, deliveries), the inbox (results) and the leases.</summary>
internal static class SchedulerSchema
{
    public const string Database = "scheduler";

    public static readonly MigrationSeries Series = new(Database,
    [
        new Migration(1, "jobs", JobsSchema.Tables),
        new Migration(2, "occurrences", OccurrencesSchema.Tables),
    ]);
}

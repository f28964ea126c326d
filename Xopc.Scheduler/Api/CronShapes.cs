using Xopc.Configuration.Routing;
using Xopc.Scheduler.Jobs;
using Xopc.Scheduler.Occurrences;

namespace Xopc.Scheduler.Api;

/// <summary>Rows → what the API shows.</summary>
internal static class CronShapes
{
    public static JobView Of(StoredJob row, AgentCatalog agents)
    {
        var job = row.Job;
        return new JobView(
            row.Id, job?.Name, job?.Schedule.Expression, job is null ? null : JobWords.Schedules.For(job.Schedule.Kind), job?.Schedule.TimeZone, row.Enabled,
            job is null ? null : Of(job.Payload), job is null ? null : JobWords.Targets.For(job.SessionTarget), job is null ? null : JobSessions.Of(job, agents).Value, job?.AgentId,
            job?.Model, job is null ? null : Of(job.Delivery), job?.TimeoutMs, job?.MaxRetries, job is null ? null : Of(job.Missed), job is null ? null : JobWords.Overlaps.For(job.Overlap),
            job?.EndsAt, job?.MaxRuns, job?.Tags, At(row.NextMs), At(row.CreatedMs), At(row.UpdatedMs), row.Version,
            new JobStateView(row.Runs, row.Failures, At(row.MarkedMs), row.Blocked, At(row.AccountedMs)), row.Damage);
    }

    public static OccurrenceView Of(Occurrence row, string? jobName = null) => new(
        row.Id, row.JobId, jobName, At(row.DueMs), row.Moments > 1 ? At(row.LastDueMs) : null, row.Moments, row.Manual, row.State, row.Outcome, row.Reason, row.Attempt, At(row.RetryMs),
        At(row.ClaimedMs), At(row.StartedMs), At(row.EndedMs), row.EndedMs - row.StartedMs, row.TurnId, row.SessionKey, row.Model, row.Summary, row.Tokens, row.Cost,
        row.DeliveryState is { } state ? new OccurrenceDeliveryView(row.DeliveryId, state, row.DeliveryReason) : null);

    public static CronMetrics Of(JobMetrics metrics) => new(
        metrics.Total, metrics.Enabled, metrics.Damaged, metrics.Blocked, metrics.Marked, metrics.Running, metrics.Waiting, metrics.FailedLastHour, metrics.AverageMs,
        metrics is { NextId: { } id, NextMs: { } at } ? new NextJobView(id, metrics.NextName, At(at)) : null);

    private static JobPayloadView Of(JobPayload payload) => payload.Kind == PayloadKind.SystemEvent
        ? new JobPayloadView(JobWords.Payloads.For(payload.Kind), payload.Text, null, null, null)
        : new JobPayloadView(JobWords.Payloads.For(payload.Kind), null, payload.Text, payload.Model, payload.TimeoutSeconds);

    private static JobDeliveryView Of(JobDelivery delivery) =>
        new(JobWords.Modes.For(delivery.Mode), delivery.Channel, delivery.To, delivery.AccountId, delivery.BestEffort);

    private static JobMissedView Of(MissedRuns missed) => new(JobWords.Missed.For(missed.Policy), missed.Max, (long)missed.MaxLateness.TotalSeconds);

    private static DateTimeOffset At(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);

    private static DateTimeOffset? At(long? ms) => ms is { } known ? At(known) : null;
}

using System.Text.Json.Serialization;

namespace Xopc.Scheduler.Api;

/// <summary>A job as the API shows it.</summary>
/// <param name="Schedule">The expression as written: <c>*/5 * * * *</c>, <c>10s</c>, <c>2026-12-24T18:00:00+01:00</c>. Null, as all of the job's own fields, where its row is damaged.</param>
/// <param name="ScheduleKind"><c>cron</c>, <c>every</c>, <c>at</c>.</param>
/// <param name="Timezone">IANA; absent: <c>cron.defaultTimezone</c>.</param>
/// <param name="Timeout">Milliseconds an attempt may take.</param>
/// <param name="NextRun">UTC; absent: none comes.</param>
/// <param name="Version">Grows with each change; the ETag without its quotes.</param>
/// <param name="Damage">Why its row cannot be read.</param>
internal sealed record JobView(
    string Id, string? Name, string? Schedule, string? ScheduleKind, string? Timezone, bool Enabled, JobPayloadView? Payload, string? SessionTarget, string? SessionKey, string? AgentId,
    string? Model, JobDeliveryView? Delivery, int? Timeout, int? MaxRetries, JobMissedView? Missed, string? Overlap, DateTimeOffset? EndsAt, int? MaxRuns, IReadOnlyList<string>? Tags,
    [property: JsonPropertyName("next_run")] DateTimeOffset? NextRun, [property: JsonPropertyName("created_at")] DateTimeOffset CreatedAt,
    [property: JsonPropertyName("updated_at")] DateTimeOffset UpdatedAt, long Version, JobStateView State, string? Damage);

/// <param name="Kind"><c>systemEvent</c> with <paramref name="Text"/>, or <c>agentTurn</c> with <paramref name="Message"/>.</param>
internal sealed record JobPayloadView(string Kind, string? Text, string? Message, string? Model, int? TimeoutSeconds);

/// <param name="Mode"><c>none</c>, <c>announce</c>, <c>direct</c>.</param>
internal sealed record JobDeliveryView(string Mode, string? Channel, string? To, string? AccountId, bool BestEffort);

/// <param name="Policy"><c>skip</c>, <c>latest</c>, <c>all</c>.</param>
/// <param name="MaxLatenessSeconds">What is later is missed under every policy.</param>
internal sealed record JobMissedView(string Policy, int Max, long MaxLatenessSeconds);

/// <summary>What became of a job so far.</summary>
/// <param name="Runs">Due instants that were let run.</param>
/// <param name="Failures">In a row.</param>
/// <param name="MarkedAt">Since when it is marked as failing.</param>
/// <param name="Blocked">Why it cannot work as it is: its instants are skipped.</param>
/// <param name="AccountedUntil">Every due instant up to it has its row in the history.</param>
internal sealed record JobStateView(long Runs, int Failures, DateTimeOffset? MarkedAt, string? Blocked, DateTimeOffset AccountedUntil);

/// <summary>What became of a due instant, or of a run that was asked for.</summary>
/// <param name="DueAt">When it was due.</param>
/// <param name="LastDueAt">Of a row that stands for several missed instants: the last of them.</param>
/// <param name="Moments">How many instants the row stands for.</param>
/// <param name="Status"><c>waiting</c>, <c>running</c>, <c>retrying</c>, <c>ended</c>.</param>
/// <param name="Outcome"><c>ran</c>, <c>failed</c>, <c>skipped</c>, <c>missed</c>, <c>cancelled</c>, <c>timed-out</c>, <c>unknown</c>; absent until it has ended.</param>
/// <param name="Duration">Milliseconds from start to end.</param>
/// <param name="Cost">US dollars, where known.</param>
internal sealed record OccurrenceView(
    string Id, string JobId, string? JobName, DateTimeOffset DueAt, DateTimeOffset? LastDueAt, long Moments, bool Manual, string Status, string? Outcome, string? Reason, int Attempt,
    DateTimeOffset? RetryAt, DateTimeOffset? ClaimedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, long? Duration, string? TurnId, string? SessionKey, string? Model,
    string? Summary, long? Tokens, double? Cost, OccurrenceDeliveryView? Delivery);

/// <param name="State"><c>queued</c>, <c>sent</c>, <c>unknown</c>, <c>failed</c>, <c>expired</c>, <c>suppressed</c>.</param>
internal sealed record OccurrenceDeliveryView(string? Id, string State, string? Reason);

/// <summary>Answer of <c>GET /api/cron</c>, in the order of the ids.</summary>
internal sealed record JobsAnswer(IReadOnlyList<JobView> Jobs, string? NextCursor);

/// <summary>Answer of <c>GET /api/cron/{job}</c>.</summary>
internal sealed record JobAnswer(JobView Job);

/// <summary>Answer of <c>POST /api/cron</c> and <c>POST /api/cron/create</c>.</summary>
internal sealed record JobCreated(string Id, string Schedule, JobView Job);

/// <summary>Answer of <c>PATCH /api/cron/{job}</c>.</summary>
internal sealed record JobUpdated(bool Updated, JobView Job);

internal sealed record JobRemoved(bool Removed);

internal sealed record JobToggled(bool Toggled, bool Enabled);

internal sealed record JobAcknowledged(bool Acknowledged);

/// <summary>Answer of <c>POST /api/cron/trigger</c>: the run has been written down, it has not happened yet.</summary>
internal sealed record JobTriggered(string Status, string Message, string OccurrenceId);

/// <summary>Answer of <c>POST /api/cron/{job}/run</c>: the run has been written down, it has not happened yet.</summary>
internal sealed record JobRunAnswer(bool Triggered, string OccurrenceId);

/// <summary>Answer of <c>GET /api/cron/{job}/history</c>, newest first.</summary>
internal sealed record JobHistory(IReadOnlyList<OccurrenceView> History, string? NextCursor);

/// <summary>Answer of <c>GET /api/cron/runs/history</c>, newest first.</summary>
internal sealed record RunsHistory(IReadOnlyList<OccurrenceView> Runs, string? NextCursor);

/// <summary>Answer of <c>GET /api/cron/metrics</c>.</summary>
/// <param name="AvgExecutionTime">Milliseconds, over what ran in the last day.</param>
internal sealed record CronMetrics(
    int TotalJobs, int EnabledJobs, int DamagedJobs, int BlockedJobs, int MarkedJobs, int RunningJobs, int WaitingRuns, int FailedLastHour, long AvgExecutionTime, NextJobView? NextScheduledJob);

internal sealed record NextJobView(string Id, string? Name, DateTimeOffset RunAt);

/// <summary>Body of <c>POST /api/cron/trigger</c>.</summary>
internal sealed record TriggerBody([property: JsonPropertyName("job_id")] string? JobId);

/// <summary>Body of <c>POST /api/cron/{job}/toggle</c>; without one the job is switched over.</summary>
internal sealed record ToggleBody(bool? Enabled);

/// <summary>Answer of <c>POST /api/cron/preview</c>.</summary>
/// <param name="Words">The schedule in words.</param>
internal sealed record PreviewAnswer(string Words, string Timezone, IReadOnlyList<FiringView> Firings);

/// <param name="At">UTC.</param>
/// <param name="Local">The same on the clock of the zone.</param>
internal sealed record FiringView(DateTimeOffset At, DateTimeOffset Local);

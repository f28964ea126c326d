namespace Xopc.Scheduler.Jobs;

/// <summary>What is to be done, and when. As written by its owner; what became of it stands beside it in <see cref="StoredJob"/>.</summary>
/// <param name="Id">1 to 32 of <c>a-z0-9-_</c>.</param>
/// <param name="AgentId">Whose session it is; null: the default agent.</param>
/// <param name="Model">Beats the payload's; null: the payload's, then the agent's.</param>
/// <param name="TimeoutMs">1,000 to 300,000; <see cref="JobPayload.TimeoutSeconds"/> beats it, see <see cref="Timeout"/>.</param>
/// <param name="MaxRetries">0 to 10 further attempts of an occurrence that failed.</param>
/// <param name="EndsAt">No instant after it is due.</param>
/// <param name="MaxRuns">So many due instants are let run; then none is due any more. Runs that somebody asks for do not count.</param>
internal sealed record Job(
    string Id, JobSchedule Schedule, JobPayload Payload, SessionTarget SessionTarget = SessionTarget.Main, string? Name = null, bool Enabled = true, string? AgentId = null,
    string? Model = null, JobDelivery? Delivery = null, int TimeoutMs = Job.DefaultTimeoutMs, int MaxRetries = Job.DefaultMaxRetries, MissedRuns? Missed = null,
    OverlapPolicy Overlap = OverlapPolicy.Skip, DateTimeOffset? EndsAt = null, int? MaxRuns = null, IReadOnlyList<string>? Tags = null)
{
    public const int DefaultTimeoutMs = 60_000;
    public const int DefaultMaxRetries = 3;

    public MissedRuns Missed { get; init; } = Missed ?? MissedRuns.Default;

    public JobDelivery Delivery { get; init; } = Delivery ?? JobDelivery.None;

    public IReadOnlyList<string> Tags { get; init; } = Tags ?? [];

    /// <summary>How long an attempt may take.</summary>
    public TimeSpan Timeout => Payload.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromMilliseconds(TimeoutMs);

    /// <summary>What the turn is asked with.</summary>
    public string? ModelChoice => Model ?? Payload.Model;
}

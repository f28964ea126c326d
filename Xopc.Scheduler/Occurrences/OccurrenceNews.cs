using System.Diagnostics.Metrics;
using System.Text.Json;
using Xopc.Configuration;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Scheduler.Jobs;

namespace Xopc.Scheduler.Occurrences;

/// <summary>Tells everybody who listens what becomes of occurrences, after the commit: the events <c>cron.started</c>, <c>cron.finished</c> and <c>cron.marked</c>, and one count per outcome.</summary>
internal sealed class OccurrenceNews(IEventLog events, ConfigStore configuration, IMeterFactory meters)
{
    public const string Meter = "Xopc.Scheduler";

    private readonly Counter<long> _ended = meters.Create(Meter).CreateCounter<long>("xopc.scheduler.occurrences", "{occurrence}", "Occurrences that ended, by outcome.");

    /// <summary>Raised when a job's occurrence ran: quick, never throws. What wakes the heartbeat.</summary>
    public event Action<string>? Ran;

    public void Started(Occurrence row, string sessionKey) =>
        Publish("cron.started", sessionKey, new OccurrenceEvent(row.JobId, row.Id, row.Attempt + 1, null, null, null));

    public void Ended(Occurrence row, string sessionKey)
    {
        Count(row.Outcome!);
        Publish("cron.finished", sessionKey, new OccurrenceEvent(row.JobId, row.Id, row.Attempt, row.Outcome, row.Reason, row.Summary));
        if (row.Outcome == OccurrenceOutcomes.Ran)
        {
            Ran?.Invoke(row.JobId);
        }
    }

    public void Marked(StoredJob job, int failures, string sessionKey) => Publish("cron.marked", sessionKey, new OccurrenceEvent(job.Id, null, failures, null, null, null));

    /// <summary>Rows that were decided against when they were written.</summary>
    public void Count(string outcome)
    {
        if (configuration.Current.Cron.EnableMetrics)
        {
            _ended.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    private void Publish(string type, string? sessionKey, OccurrenceEvent data) =>
        events.Publish(new EventMessage(type, sessionKey, JsonSerializer.SerializeToUtf8Bytes(data, SchedulerJson.Default.OccurrenceEvent)));
}

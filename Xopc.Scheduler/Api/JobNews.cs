using System.Text.Json;
using Xopc.Configuration;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Scheduler.Jobs;
using Xopc.Scheduler.Occurrences;

namespace Xopc.Scheduler.Api;

/// <summary>Tells everybody who listens of changes of jobs: the events <c>cron.created</c>, <c>cron.updated</c>, <c>cron.removed</c>.</summary>
internal sealed class JobNews(IEventLog events, ConfigStore configuration)
{
    public void Created(StoredJob row) => Publish("cron.created", row);

    public void Updated(StoredJob row) => Publish("cron.updated", row);

    public void Removed(StoredJob row) => Publish("cron.removed", row);

    private void Publish(string type, StoredJob row) => events.Publish(new EventMessage(
        type, row.Job is { } job ? JobSessions.Of(job, configuration.Router.Agents).Value : null,
        JsonSerializer.SerializeToUtf8Bytes(new JobEvent(row.Id, row.Job?.Name, row.Enabled, row.Version), SchedulerJson.Default.JobEvent)));
}

/// <summary>A job that changed.</summary>
internal sealed record JobEvent(string JobId, string? Name, bool Enabled, long Version);

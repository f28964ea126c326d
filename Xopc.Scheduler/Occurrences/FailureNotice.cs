using Xopc.Configuration;
using Xopc.Contracts.Messages;
using Xopc.Scheduler.Jobs;
using Xopc.Storage;

namespace Xopc.Scheduler.Occurrences;

/// <summary>Tells people, once, that a job fails again and again: where the job delivers to, else where the heartbeat reports to, else in the agent's own conversation.</summary>
internal static class FailureNotice
{
    /// <summary>A step of the transaction that marks the job.</summary>
    public static void Add(DatabaseTransaction transaction, StoredJob job, int failures, string reason, ConfigStore configuration, long nowMs)
    {
        var id = $"cron-notice:{job.Id}:{nowMs}";
        var name = job.Job?.Name ?? job.Id;
        var text = $"The scheduled job \"{name}\" ({job.Id}) has failed {failures} times in a row. The last time: {Short.Of(reason, 500)}";
        if (Target(job.Job, configuration) is { } target)
        {
            OccurrenceMessages.Delivery(transaction, id, new DeliveryRequested(target, text), job.PrincipalId, nowMs);
            return;
        }

        var agents = configuration.Router.Agents;
        var session = Contracts.SessionKey.Create(job.Job is null ? agents.DefaultId : JobSessions.AgentOf(job.Job, agents), "webchat", "default", "direct", "default").Value;
        OccurrenceMessages.Delivery(transaction, id, new DeliveryRequested(DeliveryRequested.Webchat(session), text, SessionKey: session), job.PrincipalId, nowMs);
    }

    private static DeliveryTarget? Target(Job? job, ConfigStore configuration)
    {
        if (job?.Delivery.Target is { } own && JobBlocks.Of(job, configuration.Current, configuration.Router.Agents) is null)
        {
            return own;
        }

        return configuration.Current.Gateway.Heartbeat is { Target: { } channel, TargetChatId: { } chat }
            ? new DeliveryTarget(channel, "default", chat.StartsWith('-') ? "group" : "dm", chat)
            : null;
    }
}

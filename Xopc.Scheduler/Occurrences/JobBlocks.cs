using Xopc.Configuration;
using Xopc.Configuration.Routing;
using Xopc.Scheduler.Jobs;

namespace Xopc.Scheduler.Occurrences;

/// <summary>Why a job cannot work under a configuration, before anything is spent on it.</summary>
internal static class JobBlocks
{
    /// <summary>What needs no account in the configuration.</summary>
    private static readonly string[] Own = ["webchat", JobDelivery.Nowhere];

    /// <returns>For people; null: nothing is known against it.</returns>
    public static string? Of(Job job, XopcConfig configuration, AgentCatalog agents)
    {
        var agent = JobSessions.AgentOf(job, agents);
        if (agents.Find(agent) is null)
        {
            return $"there is no enabled agent '{agent}'";
        }

        return job.Delivery is { Channel: { } channel, To: not null } && !Own.Contains(channel)
            && (job.Delivery.Mode != DeliveryMode.None || job.Payload.Kind == PayloadKind.SystemEvent)
            ? OfChannel(channel, job.Delivery.AccountId ?? "default", configuration)
            : null;
    }

    private static string? OfChannel(string channel, string accountId, XopcConfig configuration)
    {
        if (channel != "telegram")
        {
            return $"there is no channel '{channel}'";
        }

        if (configuration.Channels.Telegram is not { Enabled: true } telegram)
        {
            return "the channel 'telegram' is not configured, or disabled";
        }

        return !telegram.Accounts.TryGetValue(accountId, out var account) ? $"'telegram' has no account '{accountId}'"
            : !account.Enabled ? $"the account '{accountId}' of 'telegram' is disabled"
            : null;
    }
}

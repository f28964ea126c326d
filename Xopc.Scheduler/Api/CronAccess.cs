using Xopc.Configuration.Routing;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Scheduler.Jobs;
using Xopc.Scheduler.Occurrences;

namespace Xopc.Scheduler.Api;

/// <summary>Which jobs there are for callers that are limited to some agents or sessions.</summary>
internal static class CronAccess
{
    /// <summary>Whether the job is there for the caller: it happens in a session that the caller may touch. A damaged row says not whose it is, so it is the operator's.</summary>
    public static bool MaySee(Principal principal, StoredJob row, AgentCatalog agents) =>
        !principal.IsRestricted || (row.Job is { } job && principal.MayTouch(JobSessions.Of(job, agents)));

    /// <summary>Whether the caller may have such a job: also the place where it speaks has to be one of the caller's sessions.</summary>
    public static bool MayMake(Principal principal, Job job, AgentCatalog agents) =>
        !principal.IsRestricted || (principal.MayTouch(JobSessions.Of(job, agents)) && Places(job).All(place => MayTouch(principal, job, place, agents)));

    private static IEnumerable<DeliveryTarget> Places(Job job) =>
        ((DeliveryTarget?[])[job.Delivery.Target, job.Payload.Kind == PayloadKind.SystemEvent ? TextAddress.Split(job.Payload.Text).Target : null]).OfType<DeliveryTarget>();

    private static bool MayTouch(Principal principal, Job job, DeliveryTarget place, AgentCatalog agents) =>
        place.Channel == "webchat"
            ? SessionKey.TryParse(place.PeerId, null, out var session) && principal.MayTouch(session)
            : principal.MayTouch(SessionKey.Create(JobSessions.AgentOf(job, agents), place.Channel, place.AccountId, place.PeerKind, place.PeerId));
}

using Xopc.Configuration.Routing;
using Xopc.Contracts;
using Xopc.Scheduler.Jobs;

namespace Xopc.Scheduler.Occurrences;

/// <summary>The session in which a job happens. Also what says who may see the job.</summary>
internal static class JobSessions
{
    private const string Main = "main";

    public static SessionKey Of(Job job, AgentCatalog agents)
    {
        var agent = AgentOf(job, agents);
        if (job.SessionTarget == SessionTarget.Isolated)
        {
            // The short form is the agent main's; another agent's names it.
            return agent == Main ? SessionKey.Cron(job.Id) : SessionKey.Create(agent, "cron", "default", "direct", job.Id);
        }

        return job.Delivery.Target is { } target && target.Channel != "webchat"
            ? SessionKey.Create(agent, target.Channel, target.AccountId, "dm", "main")
            : SessionKey.Create(agent, "webchat", "default", "direct", "default");
    }

    /// <summary>Whose session it is.</summary>
    public static string AgentOf(Job job, AgentCatalog agents) => job.AgentId ?? agents.DefaultId;
}

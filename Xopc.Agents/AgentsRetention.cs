using Xopc.Agents.Files;
using Xopc.Agents.Requests;
using Xopc.Agents.Runs;
using Xopc.Agents.Sessions;
using Xopc.Storage.Retention;

namespace Xopc.Agents;

/// <summary>How long this service keeps what nobody needs any more. Sessions stay until their owner says otherwise (<c>session.storage</c>).</summary>
internal static class AgentsRetention
{
    private const long MaxRunBytes = 256L * 1024 * 1024;
    private static readonly TimeSpan MaxRunAge = TimeSpan.FromDays(7);

    public static void AddAgentsRetention(this IServiceCollection services)
    {
        services.AddSingleton<IRetentionRule>(new TableRetention(AgentsSchema.Database, "runs", "run_id", "ended_ms", "bytes", MaxRunAge, MaxRunBytes));
        services.AddSingleton<IRetentionRule>(new TableRetention(AgentsSchema.Database, "idempotency", "id", "created_ms", null, IdempotencyStore.KeptFor));
        services.AddSingleton<IRetentionRule>(new LeftoverRetention("run_journal"));
        services.AddSingleton<IRetentionRule>(new LeftoverRetention("steers"));
        services.AddSingleton<IRetentionRule, SessionRetention>();
        services.AddSingleton<IRetentionRule, InboundFileRetention>();
    }
}

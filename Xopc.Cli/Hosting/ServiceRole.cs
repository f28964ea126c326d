namespace Xopc.Cli.Hosting;

/// <summary>What a process of the gateway does.</summary>
internal enum ServiceRole
{
    /// <summary>Edge, agents, channels and scheduler in one process.</summary>
    All,

    /// <summary>Listens to the world and forwards.</summary>
    Edge,

    Agents,
    Channels,
    Scheduler,
}

/// <summary>Facts about roles.</summary>
internal static class ServiceRoles
{
    /// <summary>The roles that <c>--role</c> takes.</summary>
    public static readonly string[] Names = ["edge", "agents", "channels", "scheduler"];

    public static ServiceRole Parse(string? name) => name is null ? ServiceRole.All : Enum.Parse<ServiceRole>(name, ignoreCase: true);

    public static bool FacesTheWorld(this ServiceRole role) => role is ServiceRole.All or ServiceRole.Edge;

    /// <summary>The name in telemetry and logs.</summary>
    public static string ServiceName(this ServiceRole role) => role switch
    {
        ServiceRole.All => "xopc",
        ServiceRole.Edge => "xopc-gateway",
        ServiceRole.Agents => "xopc-agents",
        ServiceRole.Channels => "xopc-channels",
        ServiceRole.Scheduler => "xopc-scheduler",
        _ => throw new ArgumentOutOfRangeException(nameof(role)),
    };
}

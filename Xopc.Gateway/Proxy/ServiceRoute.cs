using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Proxy;

/// <summary>
/// Which service owns which paths: the one table. A row covers its path and everything below it; a longer row wins over a shorter one. In one process
/// the modules' endpoints answer the same paths and carry the same scopes themselves.
/// </summary>
/// <param name="Path">Whole segments, without a trailing slash.</param>
/// <param name="Service">One of <see cref="XopcServices"/>.</param>
/// <param name="Read">Scope of GET and HEAD.</param>
/// <param name="Change">Scope of POST, PUT, PATCH and DELETE.</param>
internal sealed record ServiceRoute(string Path, string Service, OperatorScope Read, OperatorScope Change)
{
    /// <summary>Only what changes goes by this row; everything else of its path by the shorter one.</summary>
    public bool ChangesOnly { get; init; }

    /// <summary>The single paths below this one that cost more than an answer, as the service's own endpoints say it.</summary>
    public IReadOnlyList<(string Method, string Below, EndpointLoad Load)> Loads { get; init; } = [];

    /// <summary>Only POST, by anybody: the service checks a secret of its own, which stands in this header. As the service's own endpoints say it.</summary>
    public (string Header, string Reason)? Secret { get; init; }

    public static IReadOnlyList<ServiceRoute> All { get; } =
    [
        new("/api/agent", XopcServices.Agents, OperatorScope.Read, OperatorScope.Write)
        {
            Loads = [("POST", "", EndpointLoad.ModelCall), ("POST", "/steer", EndpointLoad.ModelCall), ("POST", "/resume", EndpointLoad.Stream), ("GET", "/runs/{runId}/events", EndpointLoad.Stream)],
        },
        new("/api/agents", XopcServices.Agents, OperatorScope.Read, OperatorScope.Write),
        new("/api/sessions", XopcServices.Agents, OperatorScope.Read, OperatorScope.Write),
        new("/api/subagents", XopcServices.Agents, OperatorScope.Read, OperatorScope.Write),
        new("/api/clarify", XopcServices.Agents, OperatorScope.Read, OperatorScope.Write),
        new("/api/events", XopcServices.Agents, OperatorScope.Read, OperatorScope.Write) { Loads = [("GET", "", EndpointLoad.Stream)] },
        new("/api/models", XopcServices.Agents, OperatorScope.Read, OperatorScope.Write),
        new("/api/models-json", XopcServices.Agents, OperatorScope.Read, OperatorScope.Admin),
        new("/api/providers", XopcServices.Agents, OperatorScope.Read, OperatorScope.Write),
        new("/api/registry", XopcServices.Agents, OperatorScope.Read, OperatorScope.Write),
        new("/api/image", XopcServices.Agents, OperatorScope.Read, OperatorScope.Write),
        new("/api/workspace", XopcServices.Agents, OperatorScope.Read, OperatorScope.Write),
        new("/api/skills", XopcServices.Agents, OperatorScope.Read, OperatorScope.Write),
        new("/api/commands", XopcServices.Agents, OperatorScope.Read, OperatorScope.Write),
        new("/api/extensions", XopcServices.Agents, OperatorScope.Read, OperatorScope.Write),
        new("/api/extensions/{id}/config", XopcServices.Agents, OperatorScope.Read, OperatorScope.Admin),
        new("/api/config", XopcServices.Agents, OperatorScope.Admin, OperatorScope.Admin),
        new("/api/message", XopcServices.Channels, OperatorScope.Read, OperatorScope.Write),
        // A turn; GET of a name below /api/message asks for a delivery.
        new("/api/message/sync", XopcServices.Agents, OperatorScope.Read, OperatorScope.Write) { ChangesOnly = true, Loads = [("POST", "", EndpointLoad.ModelCall)] },
        new("/api/send", XopcServices.Channels, OperatorScope.Read, OperatorScope.Write),
        new("/api/channels", XopcServices.Channels, OperatorScope.Read, OperatorScope.Write),
        new("/api/deliveries", XopcServices.Channels, OperatorScope.Read, OperatorScope.Write),
        new("/api/channels/pairing", XopcServices.Channels, OperatorScope.Admin, OperatorScope.Admin),
        new("/webhooks/telegram", XopcServices.Channels, OperatorScope.Admin, OperatorScope.Admin)
        {
            Secret = ("X-Telegram-Bot-Api-Secret-Token", "Telegram has no credential of ours; the service checks the secret it was told with the address"),
        },
        new("/api/cron", XopcServices.Scheduler, OperatorScope.Read, OperatorScope.Write),
        // Asks what a schedule means; GET of a name below /api/cron asks for a job.
        new("/api/cron/preview", XopcServices.Scheduler, OperatorScope.Read, OperatorScope.Read) { ChangesOnly = true },
        new("/api/heartbeat", XopcServices.Scheduler, OperatorScope.Read, OperatorScope.Write) { Loads = [("POST", "/trigger", EndpointLoad.ModelCall)] },
    ];
}

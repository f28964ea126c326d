using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Channels.Accounts;

/// <summary><c>/api/channels</c>: what is configured, how it is doing, and the operator's hand on it.</summary>
internal static class ChannelsEndpoints
{
    public static void MapChannelsEndpoints(this IEndpointRouteBuilder routes)
    {
        var channels = routes.MapGroup("/api/channels").WholeInstallation();
        channels.MapGet("", List).RequireScope(OperatorScope.Read).WithSummary("The channels, what each can do, and its accounts with their states").Answers<ChannelList>();
        channels.MapGet("/status", Status).RequireScope(OperatorScope.Read).WithSummary("One row per channel: switched on, connected").Answers<ChannelStatusList>();
        Map(channels, "pause", "Pause an account: it receives nothing, and what is to be sent waits", static (supervisor, settings) => supervisor.PauseAsync(settings, paused: true));
        Map(channels, "resume", "Let a paused account go on", static (supervisor, settings) => supervisor.PauseAsync(settings, paused: false));
        Map(channels, "restart", "End what an account does and begin it anew", static (supervisor, settings) => supervisor.RestartAsync(settings));
    }

    private static IResult List(AccountRegistry registry, AccountSupervisor supervisor)
    {
        return ApiJson.Result(
            new ChannelList([.. registry.Channels.Select(channel => new ChannelView(
                channel.Id, channel.Capabilities, [.. registry.All.Where(settings => settings.Channel == channel.Id).Select(settings => View(settings, supervisor.StateOf(settings)))]))]),
            ChannelsJson.Default.ChannelList);
    }

    private static IResult Status(AccountRegistry registry, AccountSupervisor supervisor)
    {
        return ApiJson.Result(
            new ChannelStatusList([.. registry.Channels.Select(channel =>
            {
                var accounts = registry.All.Where(settings => settings.Channel == channel.Id).ToList();
                return new ChannelStatus(channel.Id, accounts.Exists(settings => settings.Enabled), accounts.Exists(settings => supervisor.StateOf(settings).State == AccountStates.Connected));
            })]),
            ChannelsJson.Default.ChannelStatusList);
    }

    private static void Map(RouteGroupBuilder channels, string verb, string summary, Func<AccountSupervisor, AccountSettings, Task> act) =>
        channels.MapPost(
            $"/{{channel}}/{{account}}/{verb}",
            async (string channel, string account, AccountRegistry registry, AccountSupervisor supervisor) =>
            {
                var settings = registry.All.FirstOrDefault(settings =>
                    settings.Channel.Equals(channel, StringComparison.OrdinalIgnoreCase) && settings.AccountId == SessionKeySegment.AccountId(account));
                if (settings is null)
                {
                    return registry.Channel(channel) is null
                        ? new ApiError(ErrorCode.ChannelNotFound, "There is no such channel.")
                        : new ApiError(ErrorCode.NotFound, "The channel has no such account.");
                }

                await act(supervisor, settings);
                return ApiJson.Result(View(settings, supervisor.StateOf(settings)), ChannelsJson.Default.AccountView);
            }).RequireScope(OperatorScope.Write).WithSummary(summary).Route("channel", "For example telegram").Route("account", "The account's id").Answers<AccountView>()
            .Fails(ErrorCode.ChannelNotFound, ErrorCode.NotFound);

    private static AccountView View(AccountSettings settings, AccountState state) => new(
        settings.AccountId, settings.Name, settings.Enabled, state.State, state.Reason, state.Since, state.Evidence, state.Identity?.UserName, state.Restarts);
}

/// <summary>Answer of <c>GET /api/channels</c>.</summary>
internal sealed record ChannelList(IReadOnlyList<ChannelView> Channels);

internal sealed record ChannelView(string Id, ChannelCapabilities Capabilities, IReadOnlyList<AccountView> Accounts);

/// <param name="State"><c>starting, connected, degraded, conflict, needs-login, paused, disabled, stopped</c>.</param>
/// <param name="Evidence">When the platform last answered.</param>
/// <param name="UserName">Name on the platform.</param>
internal sealed record AccountView(
    string AccountId, string? Name, bool Enabled, string State, string? Reason, DateTimeOffset Since, DateTimeOffset? Evidence, string? UserName, int Restarts);

/// <summary>Answer of <c>GET /api/channels/status</c>.</summary>
internal sealed record ChannelStatusList(IReadOnlyList<ChannelStatus> Channels);

/// <param name="Connected">Whether an account of it is.</param>
internal sealed record ChannelStatus(string Name, bool Enabled, bool Connected);

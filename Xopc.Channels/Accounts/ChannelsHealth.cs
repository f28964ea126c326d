using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xopc.Configuration;

namespace Xopc.Channels.Accounts;

/// <summary>How the accounts are doing, by evidence; and which channels the configuration asks for that this version does not have.</summary>
internal sealed class ChannelsHealth(ConfigStore config, AccountRegistry registry, AccountSupervisor supervisor) : IHealthCheck
{
    private static readonly string[] Well = [AccountStates.Connected, AccountStates.Paused, AccountStates.Disabled, AccountStates.Starting, AccountStates.Stopped];

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        string[] missing = [.. config.Current.Channels.Sections.Where(section => registry.Channel(section.Key) is null && IsSwitchedOn(section)).Select(section => section.Key).Order(StringComparer.Ordinal)];
        var accounts = registry.All.Where(settings => settings.Enabled).Select(settings => (Settings: settings, State: supervisor.StateOf(settings))).ToList();
        var ill = accounts.Where(account => account.Settings.Unusable is not null || !Well.Contains(account.State.State, StringComparer.Ordinal)).ToList();
        var data = accounts.ToDictionary(account => $"{account.Settings.Channel}:{account.Settings.AccountId}", account => (object)$"{account.State.State} {account.State.Reason}".Trim());
        return Task.FromResult((missing.Length > 0, ill.Count > 0) switch
        {
            (true, _) => HealthCheckResult.Degraded($"switched on, but not part of this version: {string.Join(", ", missing)}", data: data),
            (_, true) => HealthCheckResult.Degraded(string.Join("; ", ill.Select(account => $"{account.Settings.Channel} {account.Settings.AccountId}: {account.State.State}")), data: data),
            _ => HealthCheckResult.Healthy(accounts.Count == 0 ? "no channel is switched on" : $"{accounts.Count} accounts", data),
        });
    }

    private static bool IsSwitchedOn(KeyValuePair<string, JsonElement> section) =>
        section.Value.ValueKind == JsonValueKind.Object && section.Value.TryGetProperty("enabled", out var enabled) && enabled.ValueKind == JsonValueKind.True;
}

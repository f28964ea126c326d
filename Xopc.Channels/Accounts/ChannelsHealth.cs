using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xopc.Configuration;

namespace Xopc.Channels.Accounts;

/// <summary>
/// Compares what the configuration asks for with what runs. No platform is connected by this version, so every channel that is switched on is reported
/// as missing instead of being passed over in silence.
/// </summary>
internal sealed class ChannelsHealth(ConfigStore config) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var channels = config.Current.Channels;
        var others = channels.Sections.Where(IsSwitchedOn).Select(section => section.Key);
        string[] wanted = [.. (channels.Telegram is { Enabled: true } ? others.Append("telegram") : others).Order(StringComparer.Ordinal)];
        return Task.FromResult(wanted.Length == 0
            ? HealthCheckResult.Healthy("no channel is switched on")
            : HealthCheckResult.Degraded($"switched on, but not part of this version: {string.Join(", ", wanted)}"));
    }

    private static bool IsSwitchedOn(KeyValuePair<string, JsonElement> section) =>
        section.Value.ValueKind == JsonValueKind.Object && section.Value.TryGetProperty("enabled", out var enabled) && enabled.ValueKind == JsonValueKind.True;
}

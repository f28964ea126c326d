using System.Globalization;
using Xopc.Gateway.Keys;

namespace Xopc.Cli.Commands;

/// <summary>What a key is, in words.</summary>
internal static class KeyWords
{
    /// <summary>For example: <c>may write, only in the agents main, and ends 2030-01-31 12:00 UTC</c>.</summary>
    public static string What(ApiKey key) =>
        $"may {Scope(key)}{Limits(key)}" + (key.ExpiresAt is { } end ? $", and ends {Instant(end)} UTC" : "");

    public static string Scope(ApiKey key) => key.Scope.ToString().ToLowerInvariant();

    public static string Instant(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "-";

    private static string Limits(ApiKey key) =>
        (key.Agents is null ? "" : ", only in the agents " + string.Join(", ", key.Agents)) + (key.Sessions is null ? "" : ", only in the sessions " + string.Join(", ", key.Sessions));
}

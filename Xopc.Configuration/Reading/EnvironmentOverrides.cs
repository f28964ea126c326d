using System.Collections.Frozen;
using System.Globalization;

namespace Xopc.Configuration;

/// <summary>Environment variables that beat the file. They change the typed model only; a save never writes them.</summary>
internal sealed record EnvironmentOverrides(
    string? AuthMode, string? Token, string? Password, int? Port, string? Bind, bool? Strict, bool? RateLimit, IReadOnlySet<string> Paths)
{
    public static readonly EnvironmentOverrides None = new(null, null, null, null, null, null, null, FrozenSet<string>.Empty);

    public static EnvironmentOverrides From(Func<string, string?> environment, ReadContext context)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        return new EnvironmentOverrides(
            ReadMode(environment, context, paths),
            Take("XOPC_GATEWAY_TOKEN", "gateway.auth.token"),
            Take("XOPC_GATEWAY_PASSWORD", "gateway.auth.password"),
            ReadPort(environment, context, paths),
            ReadBind(environment, context, paths),
            ReadStrict(environment, paths),
            ReadRateLimit(environment, paths),
            paths);

        string? Take(string name, string path) => environment(name) is { Length: > 0 } value && paths.Add(path) ? value.Trim() : null;
    }

    private static string? ReadMode(Func<string, string?> environment, ReadContext context, HashSet<string> paths)
    {
        const string Name = "XOPC_GATEWAY_AUTH_MODE";
        if (environment(Name)?.Trim().ToLowerInvariant() is not { Length: > 0 } mode)
        {
            return null;
        }

        if (mode is "none" or "token" or "password")
        {
            paths.Add("gateway.auth.mode");
            return mode;
        }

        context.Warn(Name, $"is \"{ReadContext.Printable(mode)}\" and is ignored", "Use token, password or none.");
        return null;
    }

    private static int? ReadPort(Func<string, string?> environment, ReadContext context, HashSet<string> paths)
    {
        const string Name = "XOPC_GATEWAY_PORT";
        if (environment(Name)?.Trim() is not { Length: > 0 } text)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 0 and <= 65535)
        {
            paths.Add("gateway.port");
            return port;
        }

        context.Error(Name, $"is \"{ReadContext.Printable(text)}\"", "Use a port from 1 to 65535, or 0 for any free one.");
        return null;
    }

    private static string? ReadBind(Func<string, string?> environment, ReadContext context, HashSet<string> paths)
    {
        const string Name = "XOPC_GATEWAY_BIND";
        if (environment(Name)?.Trim().ToLowerInvariant() is not { Length: > 0 } bind)
        {
            return null;
        }

        if (GatewayReader.BindModes.Contains(bind))
        {
            paths.Add("gateway.bind");
            return bind;
        }

        context.Error(Name, $"is \"{ReadContext.Printable(bind)}\"", $"Use one of: {string.Join(", ", GatewayReader.BindModes)}.");
        return null;
    }

    private static bool? ReadStrict(Func<string, string?> environment, HashSet<string> paths) =>
        environment("XOPC_GATEWAY_STRICT_SECURITY")?.Trim().ToLowerInvariant() is "1" or "true" or "yes" or "on" && paths.Add("gateway.security.strict") ? true : null;

    private static bool? ReadRateLimit(Func<string, string?> environment, HashSet<string> paths) =>
        environment("XOPC_AUTH_RATE_LIMIT")?.Trim().ToLowerInvariant() is "0" or "false" or "no" or "off" && paths.Add("gateway.auth.rateLimit.enabled") ? false : null;
}

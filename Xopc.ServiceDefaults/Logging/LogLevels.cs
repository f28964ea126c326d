using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Xopc.ServiceDefaults.Logging;

/// <summary>
/// The level from which lines are kept, changeable while running. Frameworks that speak on every request are held at Warning, also at Debug;
/// <c>Logging:LogLevel:…</c> in the configuration overrides a category.
/// </summary>
public sealed class LogLevels : IConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>
{
    private static readonly string[] Talkative =
    [
        "Microsoft.AspNetCore", "System.Net.Http", "Polly", "Yarp", "Microsoft.Extensions.Http", "Microsoft.Extensions.ServiceDiscovery", "Hangfire",
    ];

    private readonly LogLevel _configured;
    private volatile Box? _chosen;
    private ConfigurationReloadToken _changed = new();

    internal LogLevels(LogLevel configured) => _configured = configured;

    private sealed record Box(LogLevel Level);

    /// <summary>The level in force.</summary>
    public LogLevel Current => _chosen?.Level ?? _configured;

    string IOptionsChangeTokenSource<LoggerFilterOptions>.Name => Options.DefaultName;

    /// <summary>Changes the level of everything at once; null goes back to what was configured.</summary>
    public void Set(LogLevel? level)
    {
        _chosen = level is { } chosen ? new Box(chosen) : null;
        Interlocked.Exchange(ref _changed, new ConfigurationReloadToken()).OnReload();
    }

    /// <summary><c>trace</c>, <c>debug</c>, <c>info</c>, <c>warn</c>, <c>error</c>, <c>fatal</c> and .NET's own names.</summary>
    public static bool TryParse(string? text, out LogLevel level)
    {
        LogLevel? known = text?.Trim().ToLowerInvariant() switch
        {
            "trace" or "verbose" => LogLevel.Trace,
            "debug" => LogLevel.Debug,
            "info" or "information" => LogLevel.Information,
            "warn" or "warning" => LogLevel.Warning,
            "error" => LogLevel.Error,
            "fatal" or "critical" => LogLevel.Critical,
            _ => null,
        };
        level = known ?? LogLevel.Information;
        return known is not null;
    }

    void IConfigureOptions<LoggerFilterOptions>.Configure(LoggerFilterOptions options)
    {
        options.MinLevel = LogLevel.Trace;
        if (_chosen is { Level: var chosen })
        {
            // Rules of the same category that come later win: an operator's change at run time beats the configuration.
            options.Rules.Add(new LoggerFilterRule(null, null, chosen, null));
        }
        else
        {
            options.Rules.Insert(0, new LoggerFilterRule(null, null, _configured, null));
        }

        var framework = Current switch { LogLevel.Trace => LogLevel.Information, > LogLevel.Warning => Current, _ => LogLevel.Warning };
        // It repeats what is not well at every probe; HealthChanges says it once.
        options.Rules.Insert(0, new LoggerFilterRule(null, "Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical, null));
        // It writes forty lines for each connection, and while Redis is away two errors for each attempt; the connection's owner says both once.
        options.Rules.Insert(0, new LoggerFilterRule(null, "StackExchange.Redis", LogLevel.Critical, null));
        // Where it may say anything it puts a scope around every request, 400 bytes in each process on the way; what it says, from Warning on, is nothing.
        options.Rules.Insert(0, new LoggerFilterRule(null, "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None, null));
        foreach (var category in Talkative)
        {
            options.Rules.Insert(0, new LoggerFilterRule(null, category, framework, null));
        }
    }

    IChangeToken IOptionsChangeTokenSource<LoggerFilterOptions>.GetChangeToken() => _changed;
}

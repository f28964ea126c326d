using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace Xopc.Configuration;

internal static class GatewayReader
{
    public static readonly ImmutableArray<string> BindModes = ["loopback", "lan", "auto", "tailnet", "custom"];

    public static GatewayConfig Read(ConfigSection section, EnvironmentOverrides overrides, Func<string, string?>? environment)
    {
        var (bind, custom) = Bind(section, overrides);
        var gateway = new GatewayConfig
        {
            Bind = bind,
            CustomBindHost = custom,
            Port = Port(section, overrides),
            Auth = Auth(section, overrides),
            CorsOrigins = [.. section.Texts("corsOrigins", 100, JudgeOrigin).Select(origin => origin.TrimEnd('/').ToLowerInvariant())],
            MaxSseConnections = section.Int("maxSseConnections", 100, 1, 100_000),
            MaxStreamsPerKey = section.Int("maxStreamsPerKey", 20, 1, 100_000),
            RateLimit = RateLimit(section.Section("rateLimit")),
            TrustedProxies = section.Texts("trustedProxies", 100, JudgeProxy),
            AllowRealIpFallback = section.Flag("allowRealIpFallback", false),
            DangerouslyAllowHostHeaderOriginFallback = section.Flag("dangerouslyAllowHostHeaderOriginFallback", false),
            Security = Security(section.Section("security"), overrides),
            AllowUnauthenticatedNetwork = section.Flag("allowUnauthenticatedNetwork", false),
            Tls = Tls(section.Section("tls"), environment),
            ChannelConnectDeferMode = section.Choice("channelConnectDeferMode", "auto", "auto", "off", "explicit"),
            ChannelConnectDeferIds = [.. section.Texts("channelConnectDeferIds", 24).Distinct(StringComparer.Ordinal)],
            ChannelConnectDeferSkipIds = [.. section.Texts("channelConnectDeferSkipIds", 24).Distinct(StringComparer.Ordinal)],
            Heartbeat = Heartbeat(section.Section("heartbeat")),
        };
        section.WarnOfUnknown();
        return gateway;
    }

    private static (string Bind, string? Custom) Bind(ConfigSection section, EnvironmentOverrides overrides)
    {
        var written = section.OptionalChoice("bind", BindModes.AsSpan());
        var custom = section.Text("customBindHost")?.Trim();
        var host = section.Text("host")?.Trim();
        if (host is not null && (section.Has("bind") || overrides.Bind is not null))
        {
            section.Context.Warn(section.PathOf("host"), "is ignored beside bind", "Remove host: it is the older name.");
        }
        else if (host is not null && !section.IsUnresolved("host"))
        {
            (written, custom) = FromHost(section, host, custom);
        }

        var bind = overrides.Bind ?? written ?? "loopback";
        if (bind == "custom" && !section.IsUnresolved("customBindHost") && !IsDottedQuad(custom))
        {
            var problem = custom is null ? "is missing, and bind is custom" : $"is {section.Shown("customBindHost")}";
            section.Error("customBindHost", problem, "Use the IPv4 address to listen on, for example 192.168.1.10.");
        }

        return (bind, custom);
    }

    private static (string Bind, string? Custom) FromHost(ConfigSection section, string host, string? custom)
    {
        switch (host.ToLowerInvariant())
        {
            case "127.0.0.1" or "localhost" or "::1":
                return ("loopback", custom);
            case "0.0.0.0" or "::":
                return ("lan", custom);
            default:
                if (IsDottedQuad(host))
                {
                    return ("custom", host);
                }

                section.Error("host", $"is {section.Shown("host")}", "Use gateway.bind: loopback, lan, auto, tailnet, or custom with customBindHost.");
                return ("loopback", custom);
        }
    }

    private static int Port(ConfigSection section, EnvironmentOverrides overrides)
    {
        var port = section.Int("port", 18790, 1, 65535);
        return overrides.Port ?? port;
    }

    private static AuthConfig Auth(ConfigSection gateway, EnvironmentOverrides overrides)
    {
        var section = gateway.Section("auth");
        var limit = section.Section("rateLimit");
        var auth = new AuthConfig
        {
            Mode = section.Choice("mode", "token", "token", "password", "none"),
            Token = section.Text("token", 4096)?.Trim(),
            Password = section.Text("password", 4096)?.Trim(),
            RateLimit = new AuthRateLimitConfig
            {
                Enabled = limit.Flag("enabled", true),
                MaxAttempts = limit.Int("maxAttempts", 5, 1, 1_000),
                WindowMs = limit.Int("windowMs", 900_000, 1_000, 86_400_000),
                BlockDurationMs = limit.Has("lockoutMs") && !limit.Has("blockDurationMs")
                    ? limit.Int("lockoutMs", 300_000, 1_000, 86_400_000) : limit.Int("blockDurationMs", 300_000, 1_000, 86_400_000),
                ExemptLoopback = limit.Flag("exemptLoopback", true),
                IsExplicit = limit.IsPresent,
            },
        };
        limit.WarnOfUnknown();
        section.WarnOfUnknown();

        auth = auth with
        {
            Mode = overrides.AuthMode ?? auth.Mode,
            Token = overrides.Token ?? auth.Token,
            Password = overrides.Password ?? auth.Password,
            RateLimit = auth.RateLimit with { Enabled = overrides.RateLimit ?? auth.RateLimit.Enabled },
        };
        foreach (var problem in AuthRules.Check(auth))
        {
            // A file read on its own may leave the password to the environment. A reference without a value is reported where it stands, or is none of its business.
            if (ReferenceEquals(overrides, EnvironmentOverrides.None) && problem.Path == "gateway.auth.password" && auth.Password is null)
            {
                continue;
            }

            if (overrides.Paths.Contains(problem.Path) || !section.Context.Unresolved.Contains(problem.Path))
            {
                section.Context.Error(Source(problem.Path, overrides), problem.Problem, problem.Fix);
            }
        }

        return auth;
    }

    // A person looks for a bad credential where it came from.
    private static string Source(string path, EnvironmentOverrides overrides) => path switch
    {
        "gateway.auth.token" when overrides.Token is not null => "XOPC_GATEWAY_TOKEN",
        "gateway.auth.password" when overrides.Password is not null => "XOPC_GATEWAY_PASSWORD",
        _ => path,
    };

    private static RateLimitConfig RateLimit(ConfigSection section)
    {
        var limit = new RateLimitConfig
        {
            Enabled = section.Flag("enabled", true),
            RequestsPerSecond = section.Int("requestsPerSecond", 100, 1, 100_000),
            Burst = section.Int("burst", 400, 1, 1_000_000),
            ModelRequestsPerMinute = section.Int("modelRequestsPerMinute", 120, 1, 1_000_000),
            ModelBurst = section.Int("modelBurst", 60, 1, 1_000_000),
            ExemptLoopback = section.Flag("exemptLoopback", true),
        };
        section.WarnOfUnknown();
        return limit;
    }

    private static GatewaySecurityConfig Security(ConfigSection section, EnvironmentOverrides overrides)
    {
        var security = new GatewaySecurityConfig { Strict = section.Flag("strict", false) };
        section.WarnOfUnknown();
        return security with { Strict = overrides.Strict ?? security.Strict };
    }

    private static TlsConfig? Tls(ConfigSection section, Func<string, string?>? environment)
    {
        if (!section.IsPresent)
        {
            section.Context.Keys.UnionWith(["gateway.tls.certFile", "gateway.tls.keyFile", "gateway.tls.keyPassword"]);
            return null;
        }

        var (certificate, key, password) = (TlsFile(section, "certFile", environment), TlsFile(section, "keyFile", environment), section.Text("keyPassword", 1024));
        section.WarnOfUnknown();
        if (certificate is not null)
        {
            return new TlsConfig { CertFile = certificate, KeyFile = key, KeyPassword = password };
        }

        if (!section.IsUnresolved("certFile"))
        {
            section.Error("certFile", "is missing, and gateway.tls is there", "Name the file with the certificate, PEM or PKCS #12, or remove gateway.tls.");
        }

        return null;
    }

    // What a path means must not depend on where the gateway was started.
    private static string? TlsFile(ConfigSection section, string key, Func<string, string?>? environment)
    {
        if (section.Text(key, 4096)?.Trim() is not { Length: > 0 } text)
        {
            return null;
        }

        var path = environment is null ? text : StatePaths.ExpandHome(text, environment);
        if (environment is not null && !Path.IsPathFullyQualified(path))
        {
            section.Error(key, $"is {section.Shown(key)}", "Use an absolute path, or one that begins with ~/.");
        }

        return path;
    }

    private static HeartbeatConfig Heartbeat(ConfigSection section)
    {
        var heartbeat = new HeartbeatConfig
        {
            Enabled = section.Flag("enabled", true),
            IntervalMs = section.Int("intervalMs", 1_800_000, 1_000, 604_800_000),
            Target = section.Text("target", 64),
            TargetChatId = section.TextOrNumber("targetChatId"),
            Prompt = section.Text("prompt", 32 * 1024),
            AckMaxChars = section.Int("ackMaxChars", 300, 0, 100_000),
            IsolatedSession = section.Flag("isolatedSession", false),
            ActiveHours = ActiveHours(section.Section("activeHours")),
            IncludeSystemPromptSection = section.Flag("includeSystemPromptSection", false),
        };
        section.WarnOfUnknown();
        return heartbeat;
    }

    private static ActiveHoursConfig? ActiveHours(ConfigSection section)
    {
        if (!section.IsPresent)
        {
            section.Context.Keys.UnionWith(["gateway.heartbeat.activeHours.start", "gateway.heartbeat.activeHours.end", "gateway.heartbeat.activeHours.timezone"]);
            return null;
        }

        var hours = new ActiveHoursConfig(Time(section, "start"), Time(section, "end"), TimeZones.Read(section, "timezone", allowLocal: true) ?? "local");
        section.WarnOfUnknown();
        return hours;
    }

    private static TimeOnly Time(ConfigSection section, string key)
    {
        var text = section.Text(key, 16);
        if (text is not null && TimeOnly.TryParseExact(text.Trim(), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return time;
        }

        if (!section.IsUnresolved(key))
        {
            section.Error(key, text is null ? "is missing" : $"is {section.Shown(key)}", "Use a time of day as HH:MM, for example 08:30.");
        }

        return default;
    }

    private static bool IsDottedQuad(string? text) =>
        text is not null && text.Count(c => c == '.') == 3 && text.All(c => char.IsAsciiDigit(c) || c == '.') && IPAddress.TryParse(text, out _);

    private static string? JudgeOrigin(string text)
    {
        const string Rule = "Use * or scheme://host[:port] without a path, for example http://localhost:5173.";
        if (text == "*")
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && text.Contains("://", StringComparison.Ordinal) && uri.Host.Length > 0
            && uri.PathAndQuery.Length <= 1 && uri.Fragment.Length == 0 && uri.UserInfo.Length == 0 && !text.Contains('*') ? null : Rule;
    }

    private static string? JudgeProxy(string text) =>
        IPAddress.TryParse(text, out _) || IPNetwork.TryParse(text, out _) ? null : "Use an IP address or a network such as 10.0.0.0/8.";
}

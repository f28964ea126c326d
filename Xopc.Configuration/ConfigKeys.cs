namespace Xopc.Configuration;

/// <summary>Which keys take effect at once and which after a restart: a static property of the key. The longest rule that fits decides; no rule means restart.</summary>
public static class ConfigKeys
{
    private static readonly (string Prefix, bool Hot)[] Rules =
    [
        ("agents", true),
        ("agents.defaults.workspace", false), // tools and attachments of running sessions point into it
        ("bindings", true),
        ("channels", true),
        ("commands", true),
        ("cron", true),
        ("gateway", false),
        ("gateway.allowRealIpFallback", true),
        ("gateway.auth", true),
        ("gateway.corsOrigins", true),
        ("gateway.dangerouslyAllowHostHeaderOriginFallback", true),
        ("gateway.heartbeat", true),
        ("gateway.maxSseConnections", true),
        ("gateway.maxStreamsPerKey", true),
        ("gateway.rateLimit", true),
        ("gateway.trustedProxies", true),
        ("models", true),
        ("session", true),
        ("tools", true),
    ];

    /// <summary>Hot in every direction but one: nobody is let in without a credential before a restart.</summary>
    public const string AuthMode = "gateway.auth.mode";

    /// <summary>Whether a change at this dotted path takes effect without a restart.</summary>
    public static bool IsHot(string path)
    {
        var best = (Length: -1, Hot: false);
        foreach (var (prefix, hot) in Rules)
        {
            var fits = path.StartsWith(prefix, StringComparison.Ordinal) && (path.Length == prefix.Length || path[prefix.Length] is '.' or '[');
            if (fits && prefix.Length > best.Length)
            {
                best = (prefix.Length, hot);
            }
        }

        return best.Hot;
    }

    /// <summary>
    /// Whether a change at this dotted path waits for a restart. Besides the keys that are not hot it is mode <c>none</c>: only the rules of a start know who
    /// reaches the address.
    /// </summary>
    /// <param name="after">What the change leads to.</param>
    public static bool Waits(string path, XopcConfig after) => !IsHot(path) || (path == AuthMode && after.Gateway.Auth.Mode == "none");
}

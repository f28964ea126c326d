namespace Xopc.Configuration;

/// <summary>What credentials the gateway accepts at start. Pure: the configuration, the edge and the command line ask the same rules.</summary>
public static class AuthRules
{
    /// <summary>Shortest explicit token, in characters after trimming.</summary>
    public const int MinimumTokenLength = 16;

    private const string TokenPath = "gateway.auth.token";
    private const string PasswordPath = "gateway.auth.password";
    private const string Suggestion = "Make one with: openssl rand -hex 32. Or remove it, and one is generated.";

    private static readonly HashSet<string> Placeholders = new(StringComparer.OrdinalIgnoreCase)
    {
        "change-me-to-a-long-random-token", "change-me-now", "your-secret-token-here", "test-token", "my-token", "token", "secret", "password", "123456", "abc123",
    };

    /// <summary>Every rule the credentials break; empty when the gateway may start with them. Values never appear in the answer.</summary>
    public static IReadOnlyList<ConfigProblem> Check(AuthConfig auth)
    {
        var problems = new List<ConfigProblem>();
        var token = string.IsNullOrEmpty(auth.Token) ? null : auth.Token;
        var password = string.IsNullOrEmpty(auth.Password) ? null : auth.Password;
        if (auth.Mode is not ("token" or "password" or "none"))
        {
            problems.Add(new ConfigProblem("gateway.auth.mode", "is not a mode", "Use token, password or none."));
        }

        if (token is not null && password is not null)
        {
            problems.Add(new ConfigProblem(
                "gateway.auth", "has both a token and a password", "Keep the one that gateway.auth.mode needs; look at XOPC_GATEWAY_TOKEN and XOPC_GATEWAY_PASSWORD too."));
        }

        if (auth.Mode == "token" && token is not null && TokenProblem(token) is { } problem)
        {
            problems.Add(problem);
        }

        if (auth.Mode == "password" && PasswordProblem(password) is { } wrong)
        {
            problems.Add(wrong);
        }

        return problems;
    }

    /// <summary>Whether the gateway would stand open to a network. A gateway that listens on one asks for a credential.</summary>
    public static IEnumerable<ConfigProblem> CheckNetwork(GatewayConfig gateway)
    {
        var local = gateway.Bind is "loopback" or "auto" || (gateway.Bind == "custom" && gateway.CustomBindHost?.StartsWith("127.", StringComparison.Ordinal) == true);
        if (!local && gateway.Auth.Mode == "none" && !gateway.AllowUnauthenticatedNetwork)
        {
            yield return new ConfigProblem(
                "gateway.auth.mode", $"is none while gateway.bind is {gateway.Bind}: everybody on that network would have the gateway", "Use token or password, bind to loopback, or set gateway.allowUnauthenticatedNetwork.");
        }
    }

    private static ConfigProblem? TokenProblem(string raw)
    {
        var token = raw.Trim();
        if (IsUnresolved(token))
        {
            return new ConfigProblem(TokenPath, "is a reference that was not filled in", "Set the environment variable that it names, or write the token itself.");
        }

        if (Placeholders.Contains(token))
        {
            return new ConfigProblem(TokenPath, "is a placeholder that everybody knows", Suggestion);
        }

        if (token.Length < MinimumTokenLength)
        {
            return new ConfigProblem(TokenPath, $"has {token.Length} characters, the minimum is {MinimumTokenLength}", Suggestion);
        }

        return token.Any(c => c is <= ' ' or > '~')
            ? new ConfigProblem(TokenPath, "holds characters that a request header cannot carry", "Use printable ASCII without blanks. " + Suggestion)
            : null;
    }

    private static ConfigProblem? PasswordProblem(string? password)
    {
        if (string.IsNullOrWhiteSpace(password))
        {
            return new ConfigProblem(PasswordPath, "is missing in password mode", "Set it, or XOPC_GATEWAY_PASSWORD, or use mode token.");
        }

        if (IsUnresolved(password.Trim()))
        {
            return new ConfigProblem(PasswordPath, "is a reference that was not filled in", "Set the environment variable that it names, or write the password itself.");
        }

        return password.Any(char.IsControl)
            ? new ConfigProblem(PasswordPath, "holds control characters, which a request header cannot carry", "Use letters, digits and punctuation.")
            : null;
    }

    private static bool IsUnresolved(string text) => text.StartsWith("${", StringComparison.Ordinal) && text.EndsWith('}');
}

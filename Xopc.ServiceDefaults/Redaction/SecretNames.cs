namespace Xopc.ServiceDefaults.Redaction;

/// <summary>Decides by its name whether a field holds a secret: <c>apiKey</c>, <c>API_KEY</c>, <c>botToken</c>, <c>x-api-key</c>, <c>Authorization</c>, ….</summary>
internal static class SecretNames
{
    private const int LongestCompared = 32;

    // Compared after dropping everything but letters, so one entry stands for camelCase, snake_case and kebab-case.
    // Not "key" alone: session keys, idempotency keys and job keys are names, not secrets.
    private static readonly string[] Endings =
    [
        "token", "secret", "password", "passwd", "passphrase", "apikey", "apikeys", "accesskey", "privatekey", "authorization",
        "credential", "credentials", "cookie", "connectionstring",
    ];

    public static bool IsSecret(ReadOnlySpan<char> name)
    {
        Span<char> letters = stackalloc char[LongestCompared];
        var start = LongestCompared;
        for (var i = name.Length - 1; i >= 0 && start > 0; i--)
        {
            if (char.IsAsciiLetter(name[i]))
            {
                letters[--start] = char.ToLowerInvariant(name[i]);
            }
        }

        ReadOnlySpan<char> compared = letters[start..];
        foreach (var ending in Endings)
        {
            if (compared.EndsWith(ending, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}

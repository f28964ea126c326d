namespace Xopc.Agents.Models;

/// <summary>What is known of a model. Null means unknown: nothing is clamped or switched on because of a guess.</summary>
/// <param name="Id">The provider's own name of the model; may contain slashes.</param>
internal sealed record ModelInfo(string Id, string Name)
{
    public const int DefaultContextWindow = 128_000;
    public const int DefaultMaxTokens = 4_096;

    /// <summary>Wire protocol; null takes the provider's.</summary>
    public string? Api { get; init; }

    public int? ContextWindow { get; init; }

    /// <summary>The most tokens one answer may have.</summary>
    public int? MaxTokens { get; init; }

    public bool Reasoning { get; init; }

    public bool Vision { get; init; }

    public ModelCost? Cost { get; init; }

    public IReadOnlyList<KeyValuePair<string, SecretValue>> Headers { get; init; } = [];

    public ModelDialect Dialect { get; init; } = ModelDialect.Standard;

    /// <summary>Idle time-out of this model; null takes <c>models.idleTimeoutMs</c>.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>A model nobody described.</summary>
    public static ModelInfo Unknown(string id) => new(id, id);
}

/// <summary>Prices in US dollars per million tokens.</summary>
internal sealed record ModelCost(double Input, double Output, double CacheRead = 0, double CacheWrite = 0);

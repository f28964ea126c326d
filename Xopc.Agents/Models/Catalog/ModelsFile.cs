namespace Xopc.Agents.Models;

/// <summary><c>models.json</c> as written, checked but not resolved.</summary>
internal sealed record ModelsFile(IReadOnlyList<ModelsFileProvider> Providers, IReadOnlyList<ModelsFileProblem> Problems)
{
    public static readonly ModelsFile Empty = new([], []);

    public bool IsValid => Problems.All(problem => problem.IsWarning);
}

/// <summary>One provider of the file; null where the file says nothing.</summary>
internal sealed record ModelsFileProvider(string Id)
{
    public Uri? BaseUrl { get; init; }

    public string? ApiKey { get; init; }

    public string? Api { get; init; }

    public bool AuthHeader { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public IReadOnlyList<ModelsFileModel> Models { get; init; } = [];

    /// <summary>Changes to known models; <see cref="ModelsFileModel.Id"/> is the key they stand under.</summary>
    public IReadOnlyList<ModelsFileModel> Overrides { get; init; } = [];
}

/// <summary>One model of the file, or one override; null where the file says nothing.</summary>
internal sealed record ModelsFileModel(string Id)
{
    public string? Name { get; init; }

    public string? Api { get; init; }

    public bool? Reasoning { get; init; }

    public bool? Vision { get; init; }

    public int? ContextWindow { get; init; }

    public int? MaxTokens { get; init; }

    public int? IdleTimeoutMs { get; init; }

    public ModelsFileCost? Cost { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public ModelsFileDialect? Dialect { get; init; }
}

internal sealed record ModelsFileCost(double? Input, double? Output, double? CacheRead, double? CacheWrite);

/// <summary>The flags of <c>compat</c> that make a difference here.</summary>
internal sealed record ModelsFileDialect(
    string? MaxTokensField, bool? ReasoningEffort, bool? UsageInStreaming, bool? ToolResultName, string? ThinkingFormat);

/// <summary>Something wrong in the file.</summary>
/// <param name="Path">Where, for example <c>providers.corp.models[0].id</c>.</param>
internal sealed record ModelsFileProblem(string Path, string Message, bool IsWarning)
{
    public override string ToString() => $"{Path}: {Message}";
}

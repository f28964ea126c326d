namespace Xopc.Agents.Models;

/// <summary>A provider as it is now: where it is, how it is spoken to, with which key, and what it offers.</summary>
/// <param name="Category"><c>common</c>, <c>specialty</c>, <c>enterprise</c>, <c>local</c> or <c>custom</c>.</param>
/// <param name="Api">Wire protocol, see <see cref="ModelApi"/>.</param>
internal sealed record ProviderInfo(string Id, string Name, string Category, string Api, Uri? BaseUrl)
{
    public SecretValue? Key { get; init; }

    /// <summary>Whether the key goes as <c>Authorization: Bearer</c> also where the protocol has another header.</summary>
    public bool AuthHeader { get; init; }

    public IReadOnlyList<KeyValuePair<string, SecretValue>> Headers { get; init; } = [];

    /// <summary>Whether a call could be made: a key where one is needed, and an address.</summary>
    public bool IsConfigured { get; init; }

    public ModelDialect Dialect { get; init; } = ModelDialect.Standard;

    /// <summary>Known models, the best first choice first.</summary>
    public IReadOnlyList<ModelInfo> Models { get; init; } = [];

    /// <summary>What configures it, for messages: a variable's name.</summary>
    public string? Variable { get; init; }
}

/// <summary>The wire protocols by their names in <c>models.json</c>.</summary>
internal static class ModelApi
{
    public const string OpenAi = "openai-completions";
    public const string Anthropic = "anthropic-messages";

    /// <summary>The offline model; not a protocol anyone can name in a file.</summary>
    public const string Demo = "xopc-demo";

    /// <summary>Names that a file may use; those not spoken yet are told so when they are used.</summary>
    public static readonly IReadOnlyList<string> Known =
    [
        OpenAi, "openai-responses", Anthropic, "google-generative-ai", "azure-openai-responses", "bedrock-converse-stream", "openai-codex-responses",
        "google-gemini-cli", "google-vertex",
    ];
}

namespace Xopc.Agents.Models;

/// <summary>An Ollama that runs on this machine, and what it has.</summary>
/// <param name="BaseUrl">Its OpenAI-compatible address, ending in <c>/v1</c>.</param>
/// <param name="Models">Names of its chat models, at least one.</param>
public sealed record OllamaOffer(Uri BaseUrl, IReadOnlyList<string> Models)
{
    internal const string Provider = "ollama";

    /// <summary>Same address, same models.</summary>
    public bool Equals(OllamaOffer? other) => other is not null && BaseUrl == other.BaseUrl && Models.SequenceEqual(other.Models, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(BaseUrl, Models.Count);
}

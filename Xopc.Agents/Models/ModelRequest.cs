using Microsoft.Extensions.AI;

namespace Xopc.Agents.Models;

/// <summary>One model call of a turn (a turn with tools makes several).</summary>
/// <param name="Candidates">Tried in order: the primary, then its fallbacks. Never empty.</param>
/// <param name="Thinking">A thinking level: off, minimal, low, medium, high, xhigh, adaptive. Models without reasoning ignore it.</param>
/// <param name="Deadline">One total deadline over all candidates and retries.</param>
internal sealed record ModelRequest(
    IReadOnlyList<ModelRef> Candidates, IReadOnlyList<ChatMessage> Messages, IReadOnlyList<AITool> Tools, string Thinking, int? MaxTokens, double? Temperature,
    DateTimeOffset Deadline);

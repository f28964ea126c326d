namespace Xopc.Scheduler.Jobs;

/// <summary>What is said: to people as it is, or to an agent.</summary>
/// <param name="Text">1 to 50,000 characters; in JSON <c>text</c> of a system event, <c>message</c> of an agent's turn.</param>
/// <param name="Model">Of an agent's turn.</param>
/// <param name="TimeoutSeconds">Of an agent's turn, 10 to 3,600.</param>
internal sealed record JobPayload(PayloadKind Kind, string Text, string? Model = null, int? TimeoutSeconds = null);

namespace Xopc.Agents.Requests;

/// <summary>What a request under an idempotency key came to.</summary>
/// <param name="BodyHash">Hash of the request's meaning: another one under the same key is a conflict.</param>
/// <param name="Result">A reference to the answer: a run id, a session key.</param>
internal sealed record KeptRequest(string BodyHash, string Result);

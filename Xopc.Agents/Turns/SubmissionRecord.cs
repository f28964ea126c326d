namespace Xopc.Agents.Turns;

/// <summary>Under which record a request with an idempotency key is kept, and the hash of its meaning: another one under the same key is a conflict.</summary>
internal sealed record SubmissionRecord(string Id, string BodyHash);

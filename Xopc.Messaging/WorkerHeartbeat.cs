namespace Xopc.Messaging;

/// <summary>Evidence that a worker works.</summary>
/// <param name="LastPass">When a pass last ended without an error; null before the first.</param>
/// <param name="Failures">Failed passes since then.</param>
/// <param name="LastError">Type name of the last failure's exception, null when none failed since <paramref name="LastPass"/>.</param>
/// <param name="Running">False before the start, after the stop, and when the loop itself died.</param>
public sealed record WorkerHeartbeat(DateTimeOffset? LastPass, int Failures, string? LastError, bool Running);

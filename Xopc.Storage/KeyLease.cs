namespace Xopc.Storage;

/// <summary>The right to work on one key. <see cref="Fence"/> grows with every taking, so that an owner who slept through a takeover can commit nothing.</summary>
/// <param name="Key">The unit of order, for example a session key.</param>
/// <param name="Owner">The process that holds it: unique per start.</param>
/// <param name="Fence">The number of this taking.</param>
/// <param name="UntilMs">Unix milliseconds at which others may take it, unless renewed.</param>
public sealed record KeyLease(string Key, string Owner, long Fence, long UntilMs);

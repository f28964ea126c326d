namespace Xopc.Storage;

/// <summary>The lease was taken over meanwhile; nothing of this write happened.</summary>
public sealed class FencedException(string key) : Exception($"The lease on '{key}' was taken over; nothing was written.");

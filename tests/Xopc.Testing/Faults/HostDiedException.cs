namespace Xopc.Testing.Faults;

/// <summary>Ends the work of a thread in a host that is dead. Whoever catches it can do nothing more: neither write, nor read, nor reach anybody.</summary>
public sealed class HostDiedException(string point) : Exception($"The host died at {point}.");

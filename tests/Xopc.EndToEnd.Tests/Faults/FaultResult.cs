namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>A run that held, as it stands in the file of results.</summary>
internal sealed record FaultResult(int Seed, FaultRun Run, FaultTally Tally, long Milliseconds);

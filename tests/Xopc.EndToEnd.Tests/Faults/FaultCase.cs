namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>A named point of the program and how it is reached.</summary>
/// <param name="Name">As in the program.</param>
/// <param name="Traffic">What leads there.</param>
/// <param name="Times">So often it is reached at least.</param>
internal sealed record FaultCase(string Name, string Meaning, Traffic Traffic, int Times = 1, FaultMoment Moment = FaultMoment.Traffic)
{
    /// <summary>Only where processes meet on Redis.</summary>
    public bool OnlyBundle { get; init; }

    public override string ToString() => Name;
}

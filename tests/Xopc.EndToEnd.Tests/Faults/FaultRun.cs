namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>How the program runs in a fault run.</summary>
internal enum FaultSetting
{
    /// <summary>A host inside the tests.</summary>
    Host,

    /// <summary>One real process.</summary>
    Process,

    /// <summary>Four real processes over Redis.</summary>
    Bundle,
}

/// <summary>One line of the matrix: where, at which point, at the how many-eth time, and what dies after it.</summary>
/// <param name="Then">A point at which the successor dies too; null: it lives.</param>
/// <param name="Subject">Which of the two the run is for.</param>
internal sealed record FaultRun(int Number, FaultSetting Setting, string Subject, string Point, int Nth, string? Then, int ThenNth, int Seed)
{
    public override string ToString() => $"run {Number} ({Setting}, {Point}:{Nth}{(Then is null ? "" : $", then {Then}:{ThenNth}")}, seed {Seed})";
}

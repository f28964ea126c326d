namespace Xopc.Scheduler.Jobs;

/// <summary>What becomes of instants that were due while nothing ran.</summary>
/// <param name="Max">1 to 100: of <see cref="MissedPolicy.All"/>, the newest so many.</param>
/// <param name="MaxLateness">What is later is missed under every policy.</param>
internal sealed record MissedRuns(MissedPolicy Policy, int Max, TimeSpan MaxLateness)
{
    public const int DefaultMax = 10;
    public static readonly TimeSpan DefaultMaxLateness = TimeSpan.FromHours(1);
    public static readonly MissedRuns Default = new(MissedPolicy.Latest, DefaultMax, DefaultMaxLateness);
}

namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>What became of what was said in a run.</summary>
internal sealed record FaultTally(int Deaths, int Updates, int Answered, int Interrupted, int Sent, int Marked, int Held, int Failed, int Expired)
{
    public static FaultTally Nothing { get; } = new(0, 0, 0, 0, 0, 0, 0, 0, 0);

    public static FaultTally operator +(FaultTally a, FaultTally b) => new(
        a.Deaths + b.Deaths, a.Updates + b.Updates, a.Answered + b.Answered, a.Interrupted + b.Interrupted, a.Sent + b.Sent, a.Marked + b.Marked, a.Held + b.Held,
        a.Failed + b.Failed, a.Expired + b.Expired);
}

namespace Xopc.Gateway.Edge.Limits;

/// <summary>What came of asking a bucket for one request.</summary>
/// <param name="Remaining">Requests that are left in it.</param>
/// <param name="Wait">Refused: until one comes back. In ticks.</param>
internal readonly record struct Taken(bool Granted, long Remaining, long Wait)
{
    /// <summary>The one of two that leaves less.</summary>
    public Taken Tighter(Taken other) => !Granted || (other.Granted && Remaining <= other.Remaining) ? this : other;
}

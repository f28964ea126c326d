namespace Xopc.Gateway.Edge.Limits;

/// <summary>A bucket's size and what it gains, in ticks of 100 ns.</summary>
/// <param name="Interval">Time in which one request comes back.</param>
/// <param name="Burst">Requests of a full bucket.</param>
internal readonly record struct Rate(long Interval, int Burst)
{
    /// <summary>Time in which an empty bucket is full again.</summary>
    public long Depth => Interval * Burst;

    public static Rate PerSecond(int requests, int burst) => new(TimeSpan.TicksPerSecond / requests, burst);

    public static Rate PerMinute(int requests, int burst) => new(TimeSpan.TicksPerMinute / requests, burst);
}

namespace Xopc.Messaging;

/// <summary>How long a loop waits after its nth failure in a row: 100 ms doubling to 5 s, each spread by a quarter so that many processes do not return as one.</summary>
public static class Backoff
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    public static TimeSpan After(int failures)
    {
        var doubled = First * Math.Pow(2, Math.Clamp(failures - 1, 0, 10));
        var bounded = doubled < Longest ? doubled : Longest;
        return bounded * (0.75 + (Random.Shared.NextDouble() / 4));
    }
}

namespace Xopc.Channels.Deliveries;

/// <summary>The pause before a delivery is tried again: 1 s, doubled each time, at most 5 minutes, a tenth of it by chance so that peers do not come back together.</summary>
internal static class DeliveryBackoff
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    public static TimeSpan After(int attempt)
    {
        var pause = TimeSpan.FromSeconds(Math.Pow(2, Math.Clamp(attempt - 1, 0, 10)));
        return (pause < Longest ? pause : Longest) * (0.95 + (0.1 * Random.Shared.NextDouble()));
    }
}

using System.Collections.Concurrent;

namespace Xopc.EndToEnd.Tests;

/// <summary>What became of the messages of a kill matrix.</summary>
internal sealed class KillFigures
{
    private readonly ConcurrentDictionary<string, int> _ends = new(StringComparer.Ordinal);
    private int _reconnects;
    private int _steers;

    /// <summary>Messages with an outcome.</summary>
    public int Turns => _ends.Values.Sum();

    public void Ended(string status) => _ends.AddOrUpdate(status, 1, static (_, count) => count + 1);

    public void Reconnected() => Interlocked.Increment(ref _reconnects);

    public void Steered() => Interlocked.Increment(ref _steers);

    public override string ToString() =>
        $"{Turns} turns ({string.Join(", ", _ends.OrderBy(end => end.Key, StringComparer.Ordinal).Select(end => $"{end.Value} {end.Key}"))}), {_reconnects} reconnects, {_steers} steers";
}

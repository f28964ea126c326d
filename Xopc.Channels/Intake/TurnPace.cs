using Xopc.Channels.Accounts;

namespace Xopc.Channels.Intake;

/// <summary>
/// An account begins no more turns than its platform lets it send answers: beyond that they would only wait for each other further on, where the answers of every
/// account are worked out. Who has to wait is told how long and keeps that place; nobody waits here.
/// </summary>
internal sealed class TurnPace(IEnumerable<IChannel> channels, TimeProvider clock)
{
    /// <summary>So many at once after a pause.</summary>
    internal const int Burst = 30;

    private const int MaxPlaces = 20_000;

    private readonly Dictionary<string, TimeSpan> _intervals = channels.ToDictionary(channel => channel.Id, channel => channel.Rates.Account.Interval, StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _nextAt = new(StringComparer.Ordinal); // by account, in ticks of UTC
    private readonly Dictionary<string, long> _places = new(StringComparer.Ordinal); // by the first message of a group that waits

    /// <summary>How long the group that begins with this message has to wait; zero: its turn may begin now.</summary>
    public TimeSpan WaitFor(InboundMessage first)
    {
        var interval = _intervals.GetValueOrDefault(first.Channel);
        if (interval <= TimeSpan.Zero)
        {
            return TimeSpan.Zero;
        }

        var now = clock.GetUtcNow().UtcTicks;
        lock (_gate)
        {
            if (!_places.TryGetValue(first.Id, out var place))
            {
                place = Take($"{first.Channel}:{first.AccountId}", interval.Ticks, now);
            }

            if (place <= now)
            {
                _places.Remove(first.Id);
                return TimeSpan.Zero;
            }

            if (_places.Count >= MaxPlaces)
            {
                _places.Clear(); // they take new places, further behind
            }

            _places[first.Id] = place;
            return TimeSpan.FromTicks(place - now);
        }
    }

    private long Take(string account, long interval, long now)
    {
        var next = Math.Max(_nextAt.GetValueOrDefault(account), now - (interval * (Burst - 1)));
        _nextAt[account] = next + interval;
        return next;
    }
}

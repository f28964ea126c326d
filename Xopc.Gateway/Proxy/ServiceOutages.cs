namespace Xopc.Gateway.Proxy;

/// <summary>Says once that a service cannot be reached, and once that it answers again, however many requests notice.</summary>
internal sealed partial class ServiceOutages(TimeProvider clock, ILogger<ServiceOutages> log)
{
    // Nobody asked for so long: whether it is the same outage is not known, and the next request may wait again.
    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, (long First, long Last)> _refused = new(StringComparer.Ordinal);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _away = new(StringComparer.Ordinal);

    // Read on every forwarded request; the sets behind the lock only while a service is away.
    private volatile bool _any;

    /// <summary>Notes that the service took no connection. Returns for how long it has not.</summary>
    public TimeSpan Refused(string service)
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            var first = _refused.TryGetValue(service, out var seen) && clock.GetElapsedTime(seen.Last, now) < Forgotten ? seen.First : now;
            _refused[service] = (first, now);
            _any = true;
            return clock.GetElapsedTime(first, now);
        }
    }

    public void Failed(string service, string why)
    {
        lock (_gate)
        {
            if (!_away.Add(service))
            {
                return;
            }

            _any = true;
        }

        LogAway(service, why);
    }

    public void Answered(string service)
    {
        if (!_any)
        {
            return;
        }

        lock (_gate)
        {
            _refused.Remove(service);
            var wasSaid = _away.Remove(service);
            _any = _away.Count + _refused.Count > 0;
            if (!wasSaid)
            {
                return;
            }
        }

        LogBack(service);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Service} service cannot be reached ({Why}); its requests are answered 503 until it is back.")]
    private partial void LogAway(string service, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "The {Service} service answers again.")]
    private partial void LogBack(string service);
}

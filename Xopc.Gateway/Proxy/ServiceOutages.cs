using Yarp.ReverseProxy.Forwarder;

namespace Xopc.Gateway.Proxy;

/// <summary>Says once that a service cannot be reached, and once that it answers again, however many requests notice.</summary>
internal sealed partial class ServiceOutages(ILogger<ServiceOutages> log)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _away = new(StringComparer.Ordinal);

    // Read on every forwarded request; the set behind the lock only while a service is away.
    private volatile bool _any;

    public void Failed(string service, ForwarderError error)
    {
        lock (_gate)
        {
            if (!_away.Add(service))
            {
                return;
            }

            _any = true;
        }

        LogAway(service, error);
    }

    public void Answered(string service)
    {
        if (!_any)
        {
            return;
        }

        lock (_gate)
        {
            if (!_away.Remove(service))
            {
                return;
            }

            _any = _away.Count > 0;
        }

        LogBack(service);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Service} service cannot be reached ({Error}); its requests are answered 503 until it is back.")]
    private partial void LogAway(string service, ForwarderError error);

    [LoggerMessage(Level = LogLevel.Information, Message = "The {Service} service answers again.")]
    private partial void LogBack(string service);
}

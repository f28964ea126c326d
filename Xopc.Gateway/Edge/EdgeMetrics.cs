using System.Diagnostics.Metrics;

namespace Xopc.Gateway.Edge;

/// <summary>The meter of the edge, <c>Xopc.Gateway</c>.</summary>
internal sealed class EdgeMetrics
{
    internal const string MeterName = "Xopc.Gateway";

    private readonly Counter<long> _refused;
    private readonly Counter<long> _shared;
    private readonly Counter<long> _abandoned;

    public EdgeMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _refused = meter.CreateCounter<long>(
            "xopc.edge.refused", "{request}",
            "Requests that the edge refused, by kind: origin, host, site, credential_missing, credential_wrong, credential_blocked, rate, model_rate, streams.");
        _shared = meter.CreateCounter<long>("xopc.edge.limits.shared", "{call}", "Questions to Redis about limits, by outcome: answered or unanswered.");
        _abandoned = meter.CreateCounter<long>(
            "xopc.edge.connections.abandoned", "{connection}", "Connections that were given up because their protocol did not end with their socket.");
    }

    public void Refused(string kind) => _refused.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public void Abandoned() => _abandoned.Add(1);

    public void Shared(bool answered) => _shared.Add(1, new KeyValuePair<string, object?>("outcome", answered ? "answered" : "unanswered"));
}

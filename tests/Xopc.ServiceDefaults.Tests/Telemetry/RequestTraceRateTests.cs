using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry.Trace;
using Xopc.ServiceDefaults.Telemetry;

namespace Xopc.ServiceDefaults.Tests.Telemetry;

public sealed class RequestTraceRateTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void A_flood_of_requests_records_a_hundred_traces_and_then_a_hundred_a_second()
    {
        var sampler = RequestTraceRate.Whole(_clock);

        var atOnce = Recorded(sampler, 1000, ActivityKind.Server);
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        var halfASecondLater = Recorded(sampler, 1000, ActivityKind.Server);
        _clock.Advance(TimeSpan.FromHours(1));
        var afterAnHour = Recorded(sampler, 1000, ActivityKind.Server);

        Assert.Equal((100, 50, 100), (atOnce, halfASecondLater, afterAnHour));
    }

    [Fact]
    public void What_does_not_begin_with_a_request_is_always_recorded()
    {
        var sampler = RequestTraceRate.Whole(_clock);

        Assert.Equal(1000, Recorded(sampler, 1000, ActivityKind.Consumer));
        Assert.Equal(100, Recorded(sampler, 1000, ActivityKind.Server));
    }

    [Theory]
    [InlineData(ActivityTraceFlags.Recorded, 1000)]
    [InlineData(ActivityTraceFlags.None, 0)]
    public void A_trace_is_recorded_whole_or_not_at_all(ActivityTraceFlags flags, int recorded)
    {
        var sampler = RequestTraceRate.Whole(_clock);
        var parent = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), flags, isRemote: true);

        Assert.Equal(recorded, Recorded(sampler, 1000, ActivityKind.Server, parent));
    }

    private static int Recorded(Sampler sampler, int requests, ActivityKind kind, ActivityContext parent = default) => Enumerable.Range(0, requests).Count(_ =>
        sampler.ShouldSample(new SamplingParameters(parent, ActivityTraceId.CreateRandom(), "request", kind)).Decision is SamplingDecision.RecordAndSample);
}

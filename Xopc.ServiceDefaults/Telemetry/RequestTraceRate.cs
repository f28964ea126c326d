using System.Diagnostics;
using OpenTelemetry.Trace;

namespace Xopc.ServiceDefaults.Telemetry;

/// <summary>
/// Which traces are recorded: whole ones, and of those that begin with a request at most a hundred a second. A flood of requests then costs the ids that
/// its logs carry and no more; without this the exporter's queue would drop spans of all traces alike. What began elsewhere follows the decision there;
/// what begins with a message or a job is always recorded. Metrics count everything.
/// </summary>
internal sealed class RequestTraceRate(TimeProvider clock) : Sampler
{
    internal const int PerSecond = 100;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1) / PerSecond;
    private static readonly TimeSpan Depth = TimeSpan.FromSeconds(1);

    private readonly long _start = clock.GetTimestamp();

    // The time at which all hundred may begin at once again.
    private long _fullAt;

    public static Sampler Whole(TimeProvider clock) => new ParentBasedSampler(new RequestTraceRate(clock));

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(samplingParameters.Kind is not ActivityKind.Server || TryTake() ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);

    private bool TryTake()
    {
        var now = clock.GetElapsedTime(_start).Ticks;
        while (true)
        {
            var before = Volatile.Read(ref _fullAt);
            var after = Math.Max(before, now) + Interval.Ticks;
            if (after - now > Depth.Ticks)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _fullAt, after, before) == before)
            {
                return true;
            }
        }
    }
}

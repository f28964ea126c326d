using System.Globalization;
using Microsoft.Extensions.Primitives;
using Xopc.Configuration;

namespace Xopc.Gateway.Edge.Limits;

/// <summary>The limits of requests as configured, with the headers that state them.</summary>
internal sealed class RatePlan(RateLimitConfig config)
{
    public RateLimitConfig Config { get; } = config;

    public Rate Requests { get; } = Rate.PerSecond(config.RequestsPerSecond, config.Burst);

    public Rate ModelRequests { get; } = Rate.PerMinute(config.ModelRequestsPerMinute, config.ModelBurst);

    /// <summary><c>"requests";q=400;w=4</c>: 400 in 4 s, the time in which an empty bucket fills.</summary>
    public StringValues Policy { get; } = Describe("requests", Rate.PerSecond(config.RequestsPerSecond, config.Burst));

    public StringValues ModelPolicy { get; } =
        $"{Describe("requests", Rate.PerSecond(config.RequestsPerSecond, config.Burst))}, {Describe("model", Rate.PerMinute(config.ModelRequestsPerMinute, config.ModelBurst))}";

    private static string Describe(string name, Rate rate) =>
        string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={rate.Burst};w={Math.Max(1, (long)Math.Ceiling(rate.Depth / (double)TimeSpan.TicksPerSecond))}");
}

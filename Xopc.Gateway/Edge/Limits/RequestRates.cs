using System.Globalization;
using Xopc.Contracts;
using Xopc.Gateway.Edge.Clients;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Edge.Limits;

/// <summary>How often a caller may ask: one bucket per client address and one per principal, two more for requests that make a model work.</summary>
internal sealed class RequestRates
{
    private readonly RequestDelegate _next;
    private readonly EdgeSettings _settings;
    private readonly BucketTable _local;
    private readonly SharedBuckets _shared;
    private readonly EdgeMetrics _metrics;
    private RatePlan _plan;

    public RequestRates(RequestDelegate next, EdgeSettings settings, BucketTable local, SharedBuckets shared, EdgeMetrics metrics)
    {
        (_next, _settings, _local, _shared, _metrics, _plan) = (next, settings, local, shared, metrics, settings.Current.Rates);
        settings.Changed += OnChanged;
    }

    public Task InvokeAsync(HttpContext context)
    {
        var plan = _settings.Current.Rates;
        var client = EdgeClient.Of(context);
        var principal = context.FindPrincipal();
        if (!plan.Config.Enabled || (plan.Config.ExemptLoopback && client.IsLocal && !IsKey(principal)))
        {
            return _next(context);
        }

        var model = context.GetEndpoint()?.Metadata.GetMetadata<EndpointLoad>() is { CallsModel: true };
        var requests = TakeBoth(client.Key, principal, model: false, plan.Requests);
        if (!requests.IsCompletedSuccessfully)
        {
            return AwaitedAsync(context, requests, plan, client.Key, principal, model);
        }

        // A completed ValueTask: no wait.
        var taken = requests.GetAwaiter().GetResult();
        return model && taken.Granted ? AwaitedAsync(context, ValueTask.FromResult(taken), plan, client.Key, principal, model) : Answer(context, plan, taken, null);
    }

    internal static bool IsKey(Principal? principal) => principal is not null && principal.Id != Principal.Operator.Id;

    private async Task AwaitedAsync(HttpContext context, ValueTask<Taken> asking, RatePlan plan, ClientKey client, Principal? principal, bool model)
    {
        var requests = await asking;
        Taken? calls = model && requests.Granted ? await TakeBoth(client, principal, model: true, plan.ModelRequests) : null;
        await Answer(context, plan, requests, calls);
    }

    private Task Answer(HttpContext context, RatePlan plan, Taken requests, Taken? calls)
    {
        var headers = context.Response.Headers;
        headers["RateLimit-Policy"] = calls is null ? plan.Policy : plan.ModelPolicy;
        headers["RateLimit"] = calls is { } of
            ? $"{Describe("requests", requests, plan.Requests)}, {Describe("model", of, plan.ModelRequests)}" : Describe("requests", requests, plan.Requests);
        if (requests.Granted && calls is null or { Granted: true })
        {
            return _next(context);
        }

        var refused = requests.Granted ? calls!.Value : requests;
        _metrics.Refused(requests.Granted ? "model_rate" : "rate");
        return ApiError.WriteAsync(
            context, ErrorCode.RateLimited, requests.Granted ? "Too many requests that call a model (gateway.rateLimit)" : "Too many requests (gateway.rateLimit)", new TimeSpan(refused.Wait));
    }

    /// <summary><c>"requests";r=399;t=1</c>: how many are left, and in how many seconds the bucket is full again (refused: in how many to ask again).</summary>
    private static string Describe(string name, Taken taken, Rate rate)
    {
        var ticks = taken.Granted ? (rate.Burst - taken.Remaining) * rate.Interval : taken.Wait;
        return string.Create(CultureInfo.InvariantCulture, $"\"{name}\";r={taken.Remaining};t={(ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond}");
    }

    private ValueTask<Taken> TakeBoth(ClientKey client, Principal? principal, bool model, Rate rate)
    {
        var ofClient = new BucketKey(client, null, model);
        BucketKey? ofPrincipal = principal is null ? null : new BucketKey(default, principal.Id, model);
        if (_shared.IsConfigured)
        {
            return TakeSharedAsync(ofClient, ofPrincipal, rate);
        }

        var taken = _local.Take(ofClient, rate);
        return ValueTask.FromResult(taken.Granted && ofPrincipal is { } key ? taken.Tighter(_local.Take(key, rate)) : taken);
    }

    private async ValueTask<Taken> TakeSharedAsync(BucketKey ofClient, BucketKey? ofPrincipal, Rate rate)
    {
        var taken = await TakeSharedAsync(ofClient, rate);
        return taken.Granted && ofPrincipal is { } key ? taken.Tighter(await TakeSharedAsync(key, rate)) : taken;
    }

    /// <summary>From what is drawn, else from Redis, else, while it is away, from this edge's own bucket.</summary>
    private async ValueTask<Taken> TakeSharedAsync(BucketKey key, Rate rate) => _shared.TryTake(key) ?? await _shared.DrawAsync(key, rate) ?? _local.Take(key, rate);

    private void OnChanged()
    {
        if (_settings.Current.Rates is var plan && plan.Config != _plan.Config)
        {
            _plan = plan;
            _local.Clear();
            _shared.Clear();
        }
    }
}

using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xopc.Configuration;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Xopc.Gateway.Health;

/// <summary>Whether a service of the bundle answers, and what it says about itself: the best of its replicas counts.</summary>
internal sealed class ServiceHealthCheck(string service, IProxyStateLookup proxies) : IHealthCheck
{
    /// <summary>Data of the result: a <see cref="DestinationAnswer"/> for each replica.</summary>
    public const string DestinationsKey = "destinations";

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // {"status":"degraded","checks":{"messaging":{"status":"degraded","description":"Failing: events in."},…}}: a dozen checks of a line each.
    private const int LongestAnswer = 32 * 1024;
    private const int LongestDetail = 500;

    /// <summary>The check in which a process says which configuration it runs.</summary>
    private const string Configuration = ConfigHealthCheck.Name;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!proxies.TryGetCluster(service, out var cluster))
        {
            return HealthCheckResult.Unhealthy("not configured");
        }

        var destinations = cluster.DestinationsState.AllDestinations;
        var answers = await Task.WhenAll(destinations.Select(destination => AskAsync(cluster, destination, cancellationToken)));
        var best = answers.Length == 0 ? HealthCheckResult.Unhealthy("no address") : answers.MaxBy(answer => answer.Status);
        string[] configurations = [.. answers.Select(answer => answer.Data.GetValueOrDefault(Configuration)).OfType<string>().Distinct()];
        if (configurations.Length > 0)
        {
            // Replicas that run two configurations are told apart here and nowhere else.
            best = new HealthCheckResult(best.Status, $"{best.Description}; {Configuration} {string.Join(" and ", configurations)}");
        }

        best = new HealthCheckResult(best.Status, best.Description, data: new Dictionary<string, object>
        {
            [DestinationsKey] = destinations.Zip(answers, static (destination, answer) => Describe(destination, answer)).OrderBy(replica => replica.Name, StringComparer.Ordinal).ToArray(),
        });

        // Conversations need the agents alone: without another service the gateway still works, with less.
        return best.Status is HealthStatus.Unhealthy && service != XopcServices.Agents ? HealthCheckResult.Degraded(best.Description, data: best.Data) : best;
    }

    private static DestinationAnswer Describe(DestinationState destination, HealthCheckResult answer)
    {
        var isOut = destination.Health is { Active: DestinationHealth.Unhealthy } or { Passive: DestinationHealth.Unhealthy };
        return new DestinationAnswer(destination.DestinationId, isOut ? "out" : "in", answer.Description ?? "", destination.ConcurrentRequestCount);
    }

    private static async Task<HealthCheckResult> AskAsync(ClusterState cluster, DestinationState destination, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new Uri(destination.Model.Config.Address), "/health"));
        try
        {
            using var response = await cluster.Model.HttpClient.SendAsync(request, cancellationToken);
            var (complaints, configuration) = await ReadAsync(response.Content, cancellationToken);
            var data = configuration is null ? null : new Dictionary<string, object> { [Configuration] = configuration };
            return (response.IsSuccessStatusCode, complaints) switch
            {
                (true, "") => HealthCheckResult.Healthy("answers", data),
                (true, _) => HealthCheckResult.Degraded("answers; " + complaints, data: data),
                (false, "") => HealthCheckResult.Degraded($"answers {(int)response.StatusCode}", data: data),
                _ => HealthCheckResult.Degraded($"answers {(int)response.StatusCode}; {complaints}", data: data),
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return HealthCheckResult.Unhealthy("cannot be reached");
        }
        catch (OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("does not answer");
        }
    }

    /// <summary>
    /// The checks that are not healthy, each with what it says; empty when all are, or when the answer is none of ours. And which configuration a healthy
    /// process runs.
    /// </summary>
    internal static async Task<(string Complaints, string? Configuration)> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestAnswer];
        await using var body = await content.ReadAsStreamAsync(cancellationToken);
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        try
        {
            using var answer = JsonDocument.Parse(buffer.AsMemory(0, length));
            var checks = answer.RootElement.GetProperty("checks");
            var complaints = checks.EnumerateObject()
                .Where(check => check.Value.GetProperty("status").GetString() != "healthy")
                .Select(check => $"{check.Name}: {(check.Value.TryGetProperty("description", out var said) ? said.GetString() : check.Value.GetProperty("status").GetString())}");
            var text = string.Join("; ", complaints);
            return (text.Length <= LongestDetail ? text : text[..LongestDetail], RunsOf(checks));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return ("", null);
        }
    }

    private static string? RunsOf(JsonElement checks) =>
        checks.TryGetProperty(Configuration, out var check) && check.GetProperty("status").GetString() == "healthy" && check.TryGetProperty("description", out var said)
            && said.GetString() is { Length: <= LongestDetail } text ? text : null;
}

using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Xopc.Gateway.Proxy;

/// <summary>
/// The replica for a request: what names one session, one run or one idempotency key always meets the same one, which has the transcript in memory and
/// is told at once when the run ends; everything else goes to the less busy of two. By rendezvous hashing, so every edge picks the same without asking, and
/// a replica that comes or goes moves only its own share. Never needed for being right: every replica can answer everything.
/// </summary>
internal sealed class SessionAffinity : ILoadBalancingPolicy
{
    public const string PolicyName = "Session";

    // One session that is read by a thousand clients must not drown its replica while the others idle.
    private const int MuchBusier = 64;

    private const string Sessions = "/api/sessions/";
    private const string Runs = "/api/agent/runs/";
    private const string Agent = "/api/agent";

    public string Name => PolicyName;

    public DestinationState? PickDestination(HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations)
    {
        if (availableDestinations.Count <= 1)
        {
            return availableDestinations.Count == 0 ? null : availableDestinations[0];
        }

        var key = KeyOf(context.Request);
        var lessBusy = LessBusy(availableDestinations);
        if (key.IsEmpty)
        {
            return lessBusy;
        }

        var owner = Owner(key, availableDestinations);
        return owner.ConcurrentRequestCount > lessBusy.ConcurrentRequestCount + MuchBusier ? lessBusy : owner;
    }

    /// <summary>The part of a request that names what it is about; empty when it names nothing.</summary>
    internal static ReadOnlySpan<char> KeyOf(HttpRequest request)
    {
        var path = request.Path.Value.AsSpan();
        if (path.StartsWith(Sessions, StringComparison.OrdinalIgnoreCase))
        {
            return Segment(path[Sessions.Length..]);
        }

        if (path.StartsWith(Runs, StringComparison.OrdinalIgnoreCase))
        {
            return Segment(path[Runs.Length..]);
        }

        return path.Equals(Agent, StringComparison.OrdinalIgnoreCase) && request.Headers["Idempotency-Key"] is [{ } key] ? key : [];
    }

    private static ReadOnlySpan<char> Segment(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf('/');
        return end < 0 ? rest : rest[..end];
    }

    private static DestinationState Owner(ReadOnlySpan<char> key, IReadOnlyList<DestinationState> replicas)
    {
        var hash = Fnv(key, 14695981039346656037);
        var (owner, highest) = (replicas[0], 0UL);
        for (var i = 0; i < replicas.Count; i++)
        {
            var weight = Mixed(Fnv(replicas[i].Model.Config.Address, hash));
            if (i == 0 || weight > highest || (weight == highest && string.CompareOrdinal(replicas[i].DestinationId, owner.DestinationId) < 0))
            {
                (owner, highest) = (replicas[i], weight);
            }
        }

        return owner;
    }

    private static DestinationState LessBusy(IReadOnlyList<DestinationState> replicas)
    {
        var first = Random.Shared.Next(replicas.Count);
        var second = Random.Shared.Next(replicas.Count - 1);
        second = second >= first ? second + 1 : second;
        return replicas[second].ConcurrentRequestCount < replicas[first].ConcurrentRequestCount ? replicas[second] : replicas[first];
    }

    // Not the runtime's hash of a string: that one is another in every process.
    private static ulong Fnv(ReadOnlySpan<char> text, ulong hash)
    {
        foreach (var letter in text)
        {
            hash = unchecked((hash ^ letter) * 1099511628211);
        }

        return hash;
    }

    // FNV's high bits hardly move with the last letters, in which addresses differ.
    private static ulong Mixed(ulong hash)
    {
        hash = unchecked((hash ^ (hash >> 33)) * 0xff51afd7ed558ccd);
        hash = unchecked((hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53);
        return hash ^ (hash >> 33);
    }
}

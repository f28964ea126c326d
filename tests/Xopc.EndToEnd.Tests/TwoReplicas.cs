namespace Xopc.EndToEnd.Tests;

/// <summary>One bundle with two agents processes, for all tests of a class: each uses sessions of its own.</summary>
public sealed class TwoReplicas : IAsyncLifetime
{
    internal Deployment Xopc { get; private set; } = null!;

    internal GatewayClient A { get; private set; } = null!;

    internal GatewayClient B { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        // Few updates are kept of a run, so that a watcher can come too late for the first ones.
        Xopc = await Deployment.StartAsync(Shape.TwoReplicas, new Dictionary<string, string> { ["Messaging__RunUpdates"] = "16" });
        (A, B) = (Xopc.Replica(0), Xopc.Replica(1));
    }

    public ValueTask DisposeAsync() => Xopc.DisposeAsync();
}

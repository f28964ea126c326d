using StackExchange.Redis;

namespace Xopc.Messaging.Redis;

/// <summary>
/// The shared connection, and dedicated ones for loops that block on the server: a blocking read on the shared one holds up everybody (2 s of BLOCK made a
/// PING take 2 s), while a dedicated one delivers in 0.3 ms.
/// </summary>
internal sealed class RedisConnections(IConnectionMultiplexer shared, string connectionString)
{
    // Longer than any BLOCK we send, or the client would time its own wait out.
    private const int TimeoutMs = 10_000;

    public IDatabase Shared => shared.GetDatabase();

    public ISubscriber Subscriber => shared.GetSubscriber();

    /// <summary>A connection of the caller's own, to dispose. Fails fast while the server is away: the caller's loop owns the retries.</summary>
    public async Task<IConnectionMultiplexer> OpenDedicatedAsync(string name, CancellationToken cancellationToken)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        options.AbortOnConnectFail = false;
        options.AsyncTimeout = Math.Max(options.AsyncTimeout, TimeoutMs);
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ClientName = $"xopc-{name}";
        return await ConnectionMultiplexer.ConnectAsync(options).WaitAsync(cancellationToken);
    }

    /// <summary>Closes a dedicated connection at once: an orderly close would wait for the blocking read in it.</summary>
    public static async ValueTask CloseAsync(IConnectionMultiplexer dedicated)
    {
        await dedicated.CloseAsync(allowCommandsToComplete: false);
        await dedicated.DisposeAsync();
    }
}

using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Xopc.Messaging.Redis;

/// <summary>
/// The shared connection, and dedicated ones for loops that block on the server: a blocking read on the shared one holds up everybody (2 s of BLOCK made a
/// PING take 2 s), while a dedicated one delivers in 0.3 ms.
/// </summary>
internal sealed partial class RedisConnections : IDisposable
{
    // Longer than any BLOCK we send, or the client would time its own wait out.
    private const int TimeoutMs = 10_000;

    private readonly IConnectionMultiplexer _shared;
    private readonly string _connectionString;
    private readonly ILogger _logger;
    private int _away;

    public RedisConnections(IConnectionMultiplexer shared, string connectionString, ILogger<RedisConnections> logger)
    {
        (_shared, _connectionString, _logger) = (shared, connectionString, logger);
        shared.ConnectionFailed += OnFailed;
        shared.ConnectionRestored += OnRestored;
        if (!shared.IsConnected)
        {
            Away(shared.GetEndPoints().FirstOrDefault()?.ToString(), ConnectionFailureType.UnableToConnect);
        }
    }

    public IDatabase Shared => _shared.GetDatabase();

    public ISubscriber Subscriber => _shared.GetSubscriber();

    /// <summary>A connection of the caller's own, to dispose. Fails fast while the server is away: the caller's loop owns the retries.</summary>
    public async Task<IConnectionMultiplexer> OpenDedicatedAsync(string name, CancellationToken cancellationToken)
    {
        var options = ConfigurationOptions.Parse(_connectionString);
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

    public void Dispose()
    {
        _shared.ConnectionFailed -= OnFailed;
        _shared.ConnectionRestored -= OnRestored;
    }

    private void OnFailed(object? sender, ConnectionFailedEventArgs e) => Away(e.EndPoint?.ToString(), e.FailureType);

    private void OnRestored(object? sender, ConnectionFailedEventArgs e)
    {
        if (Interlocked.Exchange(ref _away, 0) == 1)
        {
            var server = e.EndPoint?.ToString() ?? "?";
            LogBack(server);
        }
    }

    /// <summary>Said once until it is back: there are two connections to a server, and each attempt on each of them fails anew.</summary>
    private void Away(string? server, ConnectionFailureType why)
    {
        if (Interlocked.Exchange(ref _away, 1) == 0)
        {
            LogAway(server ?? "?", why);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis at {Server} is not connected ({Why}); messages wait in the databases, and the connection is tried again.")]
    private partial void LogAway(string server, ConnectionFailureType why);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis at {Server} is connected again.")]
    private partial void LogBack(string server);
}

using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Xopc.Gateway.Edge.Limits;

/// <summary>
/// The limiters' way to Redis, where there is one. A request waits for it 250 ms at most; after a failure nobody asks for a second, and every edge
/// counts for itself meanwhile.
/// </summary>
internal sealed partial class RedisLink(string prefix, EdgeMetrics metrics, TimeProvider clock, ILogger<RedisLink> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly long _start = clock.GetTimestamp();
    private readonly TaskCompletionSource _used = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IConnectionMultiplexer? _connection;
    private long _pausedUntil;
    private int _away;

    /// <summary>Whether limits are shared at all.</summary>
    public bool IsConfigured { get; init; }

    public bool IsAvailable => _connection is { IsConnected: true } && clock.GetElapsedTime(_start).Ticks >= Volatile.Read(ref _pausedUntil);

    /// <summary>Completes when there is a connection to ask over, be its server there or not.</summary>
    public Task Used => _used.Task;

    public void Use(IConnectionMultiplexer connection)
    {
        _connection = connection;
        _used.TrySetResult();
    }

    /// <summary>Of one length and one alphabet, whatever a client wrote into <paramref name="name"/>.</summary>
    public RedisKey Key(string kind, string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        return $"{prefix}edge:{kind}:{Convert.ToHexStringLower(hash[..16])}";
    }

    /// <summary>Null: there is no answer now.</summary>
    public async ValueTask<long[]?> EvaluateAsync(string script, RedisKey key, RedisValue[] arguments)
    {
        if (!IsConfigured)
        {
            return null;
        }

        if (!IsAvailable || _connection is not { } connection)
        {
            Failed("not connected");
            return null;
        }

        try
        {
            var result = await connection.GetDatabase().ScriptEvaluateAsync(script, [key], arguments).WaitAsync(Patience, clock);
            var numbers = Numbers(result);
            if (Interlocked.Exchange(ref _away, 0) == 1)
            {
                LogBack();
            }

            metrics.Shared(answered: true);
            return numbers;
        }
        catch (Exception ex) when (ex is RedisException or TimeoutException or ObjectDisposedException)
        {
            Volatile.Write(ref _pausedUntil, (clock.GetElapsedTime(_start) + Pause).Ticks);
            Failed(ex.GetType().Name);
            return null;
        }
    }

    /// <summary>Nobody waits for it: what is not deleted now expires.</summary>
    public void Delete(RedisKey key)
    {
        if (IsAvailable)
        {
            _connection!.GetDatabase().KeyDelete(key, CommandFlags.FireAndForget);
        }
    }

    /// <exception cref="RedisException">The answer is no list of numbers.</exception>
    internal static long[]? Numbers(RedisResult answer)
    {
        try
        {
            return (long[]?)answer;
        }
        catch (Exception e) when (e is InvalidCastException or FormatException or OverflowException)
        {
            throw new RedisException("The answer is no list of numbers.", e);
        }
    }

    private void Failed(string why)
    {
        metrics.Shared(answered: false);
        if (Interlocked.Exchange(ref _away, 1) == 0)
        {
            LogAway(why);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis does not answer ({Why}): this edge limits requests and failed authentications by itself until it does")]
    private partial void LogAway(string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis answers again: the edges share their limits")]
    private partial void LogBack();
}

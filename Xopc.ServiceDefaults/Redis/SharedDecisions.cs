using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Xopc.ServiceDefaults.Redis;

/// <summary>
/// The way to Redis for what several processes decide together, by scripts. Whoever asks waits <see cref="Patience"/> at most; after a failure nobody asks for a second, and
/// every process decides for itself meanwhile. Derived classes say so in their own words, once.
/// </summary>
/// <param name="prefix">Stands before every key: that of messaging, so that all are in one slot of a cluster.</param>
/// <param name="area">The part of the keys that is the caller's own.</param>
public abstract class SharedDecisions(string prefix, string area, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly long _start = clock.GetTimestamp();
    private readonly TaskCompletionSource _used = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IConnectionMultiplexer? _connection;
    private long _pausedUntil;
    private int _away;

    /// <summary>Whether there is a Redis at all.</summary>
    public bool IsConfigured { get; init; }

    /// <summary>How long an answer may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Whether it is worth asking now.</summary>
    public bool IsAvailable => _connection is { IsConnected: true } && clock.GetElapsedTime(_start).Ticks >= Volatile.Read(ref _pausedUntil);

    /// <summary>Completes when there is a connection to ask over, be its server there or not.</summary>
    public Task Used => _used.Task;

    /// <summary>From now on this connection is asked.</summary>
    public void Use(IConnectionMultiplexer connection)
    {
        _connection = connection;
        _used.TrySetResult();
    }

    /// <summary>Of one length and one alphabet, whatever somebody outside wrote into <paramref name="name"/>.</summary>
    public RedisKey Key(string kind, string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        return $"{prefix}{area}:{kind}:{Convert.ToHexStringLower(hash[..16])}";
    }

    /// <summary>Null: there is no answer now.</summary>
    public async ValueTask<long[]?> EvaluateAsync(string script, RedisKey[] keys, RedisValue[] arguments)
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
            var numbers = Numbers(await connection.GetDatabase().ScriptEvaluateAsync(script, keys, arguments).WaitAsync(Patience, clock));
            if (Interlocked.Exchange(ref _away, 0) == 1)
            {
                OnBack();
            }

            OnAsked(answered: true);
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
    public static long[]? Numbers(RedisResult answer)
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

    /// <summary>After every question.</summary>
    protected virtual void OnAsked(bool answered)
    {
    }

    /// <summary>Redis stopped answering.</summary>
    protected abstract void OnAway(string why);

    /// <summary>Redis answers again.</summary>
    protected abstract void OnBack();

    private void Failed(string why)
    {
        OnAsked(answered: false);
        if (Interlocked.Exchange(ref _away, 1) == 0)
        {
            OnAway(why);
        }
    }
}

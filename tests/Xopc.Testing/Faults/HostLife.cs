using Microsoft.Extensions.DependencyInjection;
using Xopc.Contracts;
using Xopc.Storage;

namespace Xopc.Testing.Faults;

/// <summary>
/// One life of a host inside the process of the tests, and its death at a named point. Death is a flag that every database of the host looks at: from then on
/// no write of it happens and no read of it answers; then its connections to the outside are cut. A write that was being committed in that moment may still
/// land, as it may when a process is killed, but nobody in the host hears of it. Since nothing reaches the outside that was not written before, whatever the
/// rest of the host still does in memory is without effect. Its leases stay as they are. A host may also fall asleep there: its databases and the thread at the
/// point wait, everything else of it stays as it is, until it wakes and goes on with what it believed.
/// </summary>
public sealed class HostLife : IDisposable
{
    private static readonly AsyncLocal<HostLife?> CurrentLife = new();

    private readonly TaskCompletionSource<string> _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<GuardedDatabase> _databases = [];
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _awake = new(initialState: true);
    private readonly TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (string Point, int Nth, bool Sleeps)? _armed;
    private int _count;
    private volatile bool _isDead;

    static HostLife() => FaultPoint.Reached = static name => CurrentLife.Value?.Reach(name);

    /// <summary>The host that the current flow of execution belongs to: set before it is built, and where a request enters it.</summary>
    public static HostLife? Current
    {
        get => CurrentLife.Value;
        set => CurrentLife.Value = value;
    }

    public bool IsDead => _isDead;

    /// <summary>Completes with the point at which it died or fell asleep.</summary>
    public Task<string> Died => _died.Task;

    /// <summary>Called once, in the moment of death: cuts the connections.</summary>
    public Action? Cut { get; set; }

    /// <summary>Dies when the point is reached for the nth time from now.</summary>
    /// <param name="sleeps">Falls asleep instead. Not at points within a write: whoever sleeps there holds the file.</param>
    public void Arm(string point, int nth, bool sleeps = false)
    {
        lock (_gate)
        {
            (_armed, _count) = ((point, nth, sleeps), 0);
        }
    }

    /// <summary>Goes on after a sleep.</summary>
    public void Wake()
    {
        _awake.Set();
        _woken.TrySetResult();
    }

    /// <summary>Every database registered so far stands under this life.</summary>
    public void Guard(IServiceCollection services)
    {
        foreach (var registered in services.Where(service => service.ServiceType == typeof(Database)).ToList())
        {
            services.Remove(registered);
            services.AddKeyedSingleton<Database>(registered.ServiceKey, (provider, key) => Guard((Database)registered.KeyedImplementationFactory!(provider, key)));
        }
    }

    /// <summary>What the kernel does for a process that is gone: closes its files. Waits for the writes that were being committed when it died.</summary>
    public async Task BuryAsync()
    {
        foreach (var database in Databases())
        {
            await database.CloseAsync();
        }
    }

    /// <summary>Dies here and now, from outside, as by a signal.</summary>
    public void Kill() => Die("a signal");

    public void Dispose() => _awake.Dispose();

    /// <summary>Completes at once in a host that is awake, at its waking in one that sleeps, and never in one that is dead.</summary>
    internal async ValueTask GoOnAsync()
    {
        if (!_awake.IsSet)
        {
            await _woken.Task;
        }

        if (_isDead)
        {
            await new TaskCompletionSource().Task; // nobody holds the promise but who waits for it: both are collected together
        }
    }

    private void Reach(string name)
    {
        (string Point, int Nth, bool Sleeps)? met;
        lock (_gate)
        {
            met = !_isDead && _armed is { } armed && armed.Point == name && ++_count == armed.Nth ? armed : null;
        }

        if (met is { Sleeps: true })
        {
            _awake.Reset();
            _died.TrySetResult(name);
            _awake.Wait();
        }
        else if (met is not null)
        {
            Die(name);
        }

        if (_isDead)
        {
            throw new HostDiedException(name);
        }
    }

    private void Die(string point)
    {
        _isDead = true;
        Cut?.Invoke();
        _died.TrySetResult(point);
    }

    private GuardedDatabase Guard(Database database)
    {
        var guarded = new GuardedDatabase(database, this);
        lock (_gate)
        {
            _databases.Add(guarded);
        }

        return guarded;
    }

    private GuardedDatabase[] Databases()
    {
        lock (_gate)
        {
            return [.. _databases];
        }
    }
}

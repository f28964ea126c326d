using Microsoft.Extensions.DependencyInjection;
using Xopc.Contracts;
using Xopc.Storage;

namespace Xopc.Testing.Faults;

/// <summary>
/// One life of a host inside the process of the tests, and its death at a named point. Death is a flag that every database of the host looks at: from then on
/// no write of it happens and no read of it answers; then its connections to the outside are cut. A write that was being committed in that moment may still
/// land, as it may when a process is killed, but nobody in the host hears of it. Since nothing reaches the outside that was not written before, whatever the
/// rest of the host still does in memory is without effect. Its leases stay as they are.
/// </summary>
public sealed class HostLife
{
    private static readonly AsyncLocal<HostLife?> CurrentLife = new();

    private readonly TaskCompletionSource<string> _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<GuardedDatabase> _databases = [];
    private readonly Lock _gate = new();
    private (string Point, int Nth)? _armed;
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

    /// <summary>Completes with the point at which it died.</summary>
    public Task<string> Died => _died.Task;

    /// <summary>Called once, in the moment of death: cuts the connections.</summary>
    public Action? Cut { get; set; }

    /// <summary>Dies when the point is reached for the nth time from now.</summary>
    public void Arm(string point, int nth)
    {
        lock (_gate)
        {
            (_armed, _count) = ((point, nth), 0);
        }
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

    private void Reach(string name)
    {
        bool dies;
        lock (_gate)
        {
            dies = !_isDead && _armed is { } armed && armed.Point == name && ++_count == armed.Nth;
        }

        if (dies)
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

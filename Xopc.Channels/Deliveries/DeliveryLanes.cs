using System.Collections.Concurrent;
using Xopc.Storage;

namespace Xopc.Channels.Deliveries;

/// <summary>The peers this process is sending to: one lane each, which sends that peer's deliveries one after the other. Lanes run side by side, up to a bound.</summary>
internal sealed partial class DeliveryLanes(
    [FromKeyedServices(ChannelsSchema.Database)] Database database, [FromKeyedServices(ChannelsSchema.Database)] LeaseOwner owner, DeliverySending sending,
    TimeProvider clock, ILogger<DeliveryLanes> log) : IDisposable
{
    /// <summary>Sends under way at a time; more wait in the ledger.</summary>
    public const int MaxLanes = 64;

    private readonly ConcurrentDictionary<string, Task> _lanes = new(StringComparer.Ordinal); // by key
    private readonly ConcurrentQueue<KeyLease> _abandoned = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _work = new(0);
    private int _passes;

    public int Count => _lanes.Count;

    /// <summary>Lanes begun since the start.</summary>
    public int Passes => Volatile.Read(ref _passes);

    public int Free => Math.Max(0, MaxLanes - _lanes.Count);

    /// <summary>Says that there may be work: the host looks at once.</summary>
    public void Wake()
    {
        if (_work.CurrentCount == 0)
        {
            _work.Release(); // twice in a race: one look too many, harmless
        }
    }

    public Task WaitForWorkAsync(TimeSpan atMost, CancellationToken cancellationToken) => _work.WaitAsync(atMost, cancellationToken);

    /// <summary>Takes a key that seems free and sends what waits for it.</summary>
    public async Task TryTakeAsync(string key, CancellationToken cancellationToken)
    {
        // A lease of our own whose time ran out (a suspended machine, a stepped clock) still has its lane.
        if (_stopping.IsCancellationRequested || _lanes.ContainsKey(key))
        {
            return;
        }

        var (lease, head) = await database.WriteAsync(
            tx => KeyLeases.TryTakeFree(tx, DeliveryLedger.LeaseKey(key), owner.Name, clock.GetUtcNow().ToUnixTimeMilliseconds(), LeaseOwner.Duration) is { } taken
                ? (taken, DeliveryLedger.NextOrRelease(tx, taken, key))
                : (null, null),
            Durability.Relaxed,
            cancellationToken);
        if (lease is not null && head is { } first)
        {
            Start(key, lease, first);
        }
    }

    /// <summary>Lets go of keys whose lane failed, so that their deliveries are taken again; renewing would hold them for ever.</summary>
    public async Task ReleaseAbandonedAsync(CancellationToken cancellationToken)
    {
        while (_abandoned.TryPeek(out var lease))
        {
            try
            {
                await database.WriteAsync(tx => KeyLeases.Release(tx, lease), Durability.Relaxed, cancellationToken);
            }
            catch (FencedException)
            {
                LogTakenOver(lease.Key);
            }

            _abandoned.TryDequeue(out _);
        }
    }

    /// <summary>Completes when the lanes of this moment have let go of their keys.</summary>
    public Task WhenIdleAsync() => Task.WhenAll(_lanes.Values);

    /// <summary>Begins nothing new and waits for the sends under way; what they leave is taken up at the next start.</summary>
    public async Task StopAsync(TimeSpan atMost)
    {
        await _stopping.CancelAsync();
        await WhenIdleAsync().WaitAsync(atMost, clock, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _work.Dispose();
    }

    private void Start(string key, KeyLease lease, (Delivery Delivery, IReadOnlyList<PartRow> Parts) head)
    {
        Interlocked.Increment(ref _passes);

        // The dictionary owns the task: a stop awaits it. The lane may be over before it is entered.
        var lane = RunAsync(key, lease, head);
        _lanes[key] = lane;
        if (lane.IsCompleted)
        {
            Remove(key, lane);
        }
        else
        {
            lane.GetAwaiter().OnCompleted(() => Remove(key, lane));
        }
    }

    private void Remove(string key, Task lane)
    {
        _lanes.TryRemove(KeyValuePair.Create(key, lane));
        Wake(); // a place is free, and the key may be due again at once
    }

    private async Task RunAsync(string key, KeyLease lease, (Delivery Delivery, IReadOnlyList<PartRow> Parts)? next)
    {
        try
        {
            while (next is var (delivery, parts) && await sending.AdvanceAsync(lease, delivery, parts, _stopping.Token))
            {
                next = await database.WriteAsync(tx => DeliveryLedger.NextOrRelease(tx, lease, key), Durability.Relaxed, CancellationToken.None);
            }
        }
        catch (FencedException)
        {
            LogTakenOver(key);
        }
        catch (Exception ex)
        {
            LogLaneFailed(ex, key);
            _abandoned.Enqueue(lease);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The deliveries of {Key} were taken over by another process")]
    private partial void LogTakenOver(string key);

    [LoggerMessage(LogLevel.Error, "Sending to {Key} failed; its deliveries will be taken again")]
    private partial void LogLaneFailed(Exception exception, string key);
}

using System.Collections.Concurrent;
using System.Text.Json;
using Xopc.Channels.Deliveries;
using Xopc.Configuration;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Channels.Accounts;

/// <summary>
/// Keeps an actor for every account that is switched on and not paused, as the configuration changes. Starts in two phases: what may connect at once, and, when
/// the gateway listens, the rest; deliveries go out after the second.
/// </summary>
internal sealed partial class AccountSupervisor(
    AccountRegistry registry, ConfigStore configuration, [FromKeyedServices(ChannelsSchema.Database)] Database database,
    [FromKeyedServices(ChannelsSchema.Database)] LeaseOwner owner, AccountNotes notes, DeliveryHost deliveries, IEventLog events, IHostApplicationLifetime lifetime, TimeProvider clock,
    ILogger<AccountSupervisor> log) : BackgroundService
{
    private static readonly TimeSpan PauseSeenEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AnsweredWithin = TimeSpan.FromSeconds(10);

    // A poll lets go at once; one that does not is no reason for the others to wait.
    private static readonly TimeSpan LetsGoWithin = TimeSpan.FromSeconds(2);

    // Longer than the longest send: what an old account is still handing over gets its answer, instead of an unknown outcome.
    private static readonly TimeSpan RetiredFor = TimeSpan.FromSeconds(90);

    private readonly ConcurrentDictionary<string, AccountActor> _actors = new(StringComparer.Ordinal); // by "channel:account"
    private readonly ConcurrentDictionary<string, Task> _ending = new(StringComparer.Ordinal); // by the same: the next actor of an account begins after the last has let go
    private readonly ConcurrentQueue<string> _restarts = new();
    private readonly ConcurrentQueue<(IAccount Account, long At)> _retired = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly ConcurrentDictionary<string, AccountState> _rested = new(StringComparer.Ordinal); // what the actor of an account that rests knew last
    private volatile IReadOnlyDictionary<string, long> _paused = new Dictionary<string, long>(); // since when
    private TaskCompletionSource _pass = new(TaskCreationOptions.RunContinuationsAsynchronously); // ends with the next pass over the accounts that begins from now on
    private long _configuredMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
    private volatile bool _listening;

    /// <summary>What is known of a configured account.</summary>
    public AccountState StateOf(AccountSettings settings)
    {
        var key = Key(settings);
        if (!settings.Enabled || settings.Unusable is not null)
        {
            return Resting(key, AccountStates.Disabled, settings.Unusable ?? "Switched off in the configuration.", Volatile.Read(ref _configuredMs));
        }

        return _paused.TryGetValue(key, out var since) ? Resting(key, AccountStates.Paused, "Paused by an operator.", since)
            : _actors.TryGetValue(key, out var actor) ? actor.State : Resting(key, AccountStates.Starting, null, Volatile.Read(ref _configuredMs));
    }

    /// <summary>
    /// Pauses an account, or lets it go on: neither receives nor sends meanwhile. What <see cref="StateOf"/> says afterwards is so; the role's other processes
    /// follow within two seconds.
    /// </summary>
    public async Task PauseAsync(AccountSettings settings, bool paused)
    {
        await database.WriteAsync(tx => PausedAccounts.Set(tx, settings, paused, clock.GetUtcNow().ToUnixTimeMilliseconds()), CancellationToken.None);
        await FollowedAsync();
    }

    /// <summary>Ends what an account does and begins it anew.</summary>
    public async Task RestartAsync(AccountSettings settings)
    {
        _restarts.Enqueue(Key(settings));
        await FollowedAsync();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll([.. _actors.Values.Select(actor => actor.StopAsync()), .. _ending.Values]).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await DisposeRetiredAsync(TimeSpan.Zero); // the lanes have ended before: nobody sends with them any more
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        registry.Changed += OnChanged;
        using var listening = lifetime.ApplicationStarted.Register(() => { _listening = true; _work.Release(); });
        var started = clock.GetTimestamp();
        var deferred = Deferral.Of(registry.Channels, registry.All, configuration.Current.Gateway);
        for (var (failures, opened) = (0, false); !stoppingToken.IsCancellationRequested;)
        {
            try
            {
                var (before, ready) = (clock.GetTimestamp(), _listening);
                var pass = Interlocked.Exchange(ref _pass, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                await FollowAsync(ready ? Deferral.None : deferred, stoppingToken);
                if (!opened && (ready || deferred.Ids.Count == 0))
                {
                    opened = true;
                    deliveries.Open();
                    LogPhase2(clock.GetElapsedTime(before).TotalMilliseconds, clock.GetElapsedTime(started).TotalMilliseconds, deferred.Mode, deferred.Source, string.Join(',', deferred.Ids));
                }
                else if (!opened && failures == 0)
                {
                    LogPhase1(clock.GetElapsedTime(before).TotalMilliseconds, deferred.Mode, deferred.Source, string.Join(',', deferred.Ids));
                }

                failures = 0;
                pass.TrySetResult();
                await _work.WaitAsync(PauseSeenEvery, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception ex)
            {
                if (ex is not DatabaseUnavailableException)
                {
                    LogFailed(ex, failures + 1);
                }

                await Task.Delay(Backoff.After(++failures), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        registry.Changed -= OnChanged;
    }

    // What should run runs, what should not does not: whatever changed, and however often.
    private async Task FollowAsync(Deferral deferred, CancellationToken cancellationToken)
    {
        _paused = await database.ReadAsync(PausedAccounts.All, cancellationToken);
        var wanted = registry.All.Where(settings => settings is { Enabled: true, Unusable: null } && !_paused.ContainsKey(Key(settings)) && !deferred.Ids.Contains(settings.Channel))
            .ToDictionary(Key, StringComparer.Ordinal);
        var anew = new HashSet<string>(StringComparer.Ordinal);
        while (_restarts.TryDequeue(out var restart))
        {
            anew.Add(restart);
        }

        foreach (var (key, actor) in _actors)
        {
            if ((!wanted.TryGetValue(key, out var settings) || !settings.Equals(actor.Settings) || anew.Contains(key)) && _actors.TryRemove(key, out var gone))
            {
                _ending[key] = EndAsync(key, gone);
            }
        }

        await Task.WhenAll(_ending.Values).WaitAsync(LetsGoWithin, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var (key, ending) in _ending)
        {
            if (ending.IsCompleted)
            {
                _ending.TryRemove(key, out _);
            }
        }

        foreach (var (key, settings) in wanted)
        {
            if (!_actors.ContainsKey(key) && !_ending.ContainsKey(key) && registry.Find(settings.Channel, settings.AccountId).Account is { } account)
            {
                var actor = new AccountActor(account, database, owner, notes, changed => Tell(changed.Settings), clock, log);
                _actors[key] = actor;
                _rested.TryRemove(key, out _);
                actor.Start();
            }
        }

        await DisposeRetiredAsync(RetiredFor);
    }

    private async Task EndAsync(string key, AccountActor gone)
    {
        try
        {
            await gone.DisposeAsync();
        }
        finally
        {
            _rested[key] = gone.State;
            Tell(gone.Settings);
            _work.Release(); // the account's next actor may wait for it
        }
    }

    private async Task DisposeRetiredAsync(TimeSpan after)
    {
        while (_retired.TryPeek(out var old) && clock.GetElapsedTime(old.At) >= after && _retired.TryDequeue(out old))
        {
            await old.Account.DisposeAsync();
        }
    }

    // The caller's answer tells what became of his order. A pass that takes longer (an account that does not let go) goes on without him.
    private async Task FollowedAsync()
    {
        var pass = Volatile.Read(ref _pass).Task;
        _work.Release();
        await pass.WaitAsync(AnsweredWithin, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void OnChanged(IReadOnlyList<IAccount> retired)
    {
        foreach (var account in retired)
        {
            _retired.Enqueue((account, clock.GetTimestamp()));
        }

        Volatile.Write(ref _configuredMs, clock.GetUtcNow().ToUnixTimeMilliseconds());
        _work.Release();
    }

    private void Tell(AccountSettings settings)
    {
        var state = StateOf(settings);
        var data = new AccountChanged(settings.Channel, settings.AccountId, state.State, state.Reason);
        events.Publish(new EventMessage("channels.status", null, JsonSerializer.SerializeToUtf8Bytes(data, ChannelsJson.Default.AccountChanged)));
    }

    private AccountState Resting(string key, string state, string? reason, long sinceMs)
    {
        var known = _rested.GetValueOrDefault(key);
        return new AccountState(state, reason, DateTimeOffset.FromUnixTimeMilliseconds(sinceMs), known?.Evidence, known?.Identity, known?.Restarts ?? 0);
    }

    private static string Key(AccountSettings settings) => $"{settings.Channel}:{settings.AccountId}";

    [LoggerMessage(LogLevel.Information, "Channels, phase-1 complete: {channelPhase1StartMs} ms; gateway.channel_startup phase1, mode {channelConnectDeferMode} from {channelConnectDeferSource}, deferred: {deferredChannelIds}")]
    private partial void LogPhase1(double channelPhase1StartMs, string channelConnectDeferMode, string channelConnectDeferSource, string deferredChannelIds);

    [LoggerMessage(LogLevel.Information, "Channels, phase-2 complete: {channelPhase2DeferredMs} ms, {onHttpListeningTotalMs} ms since the start; gateway.channel_startup phase2, mode {channelConnectDeferMode} from {channelConnectDeferSource}, deferred: {deferredChannelIds}")]
    private partial void LogPhase2(double channelPhase2DeferredMs, double onHttpListeningTotalMs, string channelConnectDeferMode, string channelConnectDeferSource, string deferredChannelIds);

    [LoggerMessage(LogLevel.Error, "Following the configured accounts failed ({Failures} in a row)")]
    private partial void LogFailed(Exception exception, int failures);
}

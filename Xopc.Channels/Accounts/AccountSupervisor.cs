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

    // Longer than the longest send: what an old account is still handing over gets its answer, instead of an unknown outcome.
    private static readonly TimeSpan RetiredFor = TimeSpan.FromSeconds(90);

    private readonly ConcurrentDictionary<string, AccountActor> _actors = new(StringComparer.Ordinal); // by "channel:account"
    private readonly ConcurrentQueue<(IAccount Account, long At)> _retired = new();
    private readonly SemaphoreSlim _work = new(0);
    private volatile HashSet<string> _paused = [];
    private volatile bool _listening;

    /// <summary>What is known of a configured account.</summary>
    public AccountState StateOf(AccountSettings settings)
    {
        var key = Key(settings);
        if (!settings.Enabled || settings.Unusable is not null)
        {
            return Resting(AccountStates.Disabled, settings.Unusable ?? "Switched off in the configuration.");
        }

        return _paused.Contains(key) ? Resting(AccountStates.Paused, "Paused by an operator.")
            : _actors.TryGetValue(key, out var actor) ? actor.State : Resting(AccountStates.Starting, null);
    }

    /// <summary>Pauses an account, or lets it go on; every process of the role follows within two seconds.</summary>
    public async Task PauseAsync(AccountSettings settings, bool paused)
    {
        await database.WriteAsync(
            tx => tx.Execute(
                """
                INSERT INTO account_states (channel, account_id, paused, changed_ms) VALUES (@channel, @account, @paused, @now)
                ON CONFLICT (channel, account_id) DO UPDATE SET paused = excluded.paused, changed_ms = excluded.changed_ms
                """,
                ("channel", settings.Channel), ("account", settings.AccountId), ("paused", paused), ("now", clock.GetUtcNow().ToUnixTimeMilliseconds())),
            CancellationToken.None);
        _work.Release();
    }

    /// <summary>Ends what an account does and begins it anew.</summary>
    public async Task RestartAsync(AccountSettings settings)
    {
        if (_actors.TryRemove(Key(settings), out var actor))
        {
            await actor.DisposeAsync();
        }

        _work.Release();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_actors.Values.Select(actor => actor.StopAsync())).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
        _paused = await PausedAsync(cancellationToken);
        var wanted = registry.All.Where(settings => settings is { Enabled: true, Unusable: null } && !_paused.Contains(Key(settings)) && !deferred.Ids.Contains(settings.Channel))
            .ToDictionary(Key, StringComparer.Ordinal);
        foreach (var (key, actor) in _actors)
        {
            if ((!wanted.TryGetValue(key, out var settings) || !settings.Equals(actor.Settings)) && _actors.TryRemove(key, out var gone))
            {
                await gone.DisposeAsync();
                Tell(gone.Settings);
            }
        }

        foreach (var (key, settings) in wanted)
        {
            if (!_actors.ContainsKey(key) && registry.Find(settings.Channel, settings.AccountId).Account is { } account)
            {
                var actor = new AccountActor(account, database, owner, notes, changed => Tell(changed.Settings), clock, log);
                _actors[key] = actor;
                actor.Start();
            }
        }

        while (_retired.TryPeek(out var old) && clock.GetElapsedTime(old.At) > RetiredFor)
        {
            _retired.TryDequeue(out _);
            await old.Account.DisposeAsync();
        }
    }

    private async Task<HashSet<string>> PausedAsync(CancellationToken cancellationToken) => (await database.ReadAsync(
        reader => reader.Query("SELECT channel, account_id FROM account_states WHERE paused = 1", static row => $"{row.GetString(0)}:{row.GetString(1)}"), cancellationToken)).ToHashSet(StringComparer.Ordinal);

    private void OnChanged(IReadOnlyList<IAccount> retired)
    {
        foreach (var account in retired)
        {
            _retired.Enqueue((account, clock.GetTimestamp()));
        }

        _work.Release();
    }

    private void Tell(AccountSettings settings)
    {
        var state = StateOf(settings);
        var data = new AccountChanged(settings.Channel, settings.AccountId, state.State, state.Reason);
        events.Publish(new EventMessage("channels.status", null, JsonSerializer.SerializeToUtf8Bytes(data, ChannelsJson.Default.AccountChanged)));
    }

    private AccountState Resting(string state, string? reason) => new(state, reason, clock.GetUtcNow(), null, null, 0);

    private static string Key(AccountSettings settings) => $"{settings.Channel}:{settings.AccountId}";

    [LoggerMessage(LogLevel.Information, "Channels, phase-1 complete: {channelPhase1StartMs} ms; gateway.channel_startup phase1, mode {channelConnectDeferMode} from {channelConnectDeferSource}, deferred: {deferredChannelIds}")]
    private partial void LogPhase1(double channelPhase1StartMs, string channelConnectDeferMode, string channelConnectDeferSource, string deferredChannelIds);

    [LoggerMessage(LogLevel.Information, "Channels, phase-2 complete: {channelPhase2DeferredMs} ms, {onHttpListeningTotalMs} ms since the start; gateway.channel_startup phase2, mode {channelConnectDeferMode} from {channelConnectDeferSource}, deferred: {deferredChannelIds}")]
    private partial void LogPhase2(double channelPhase2DeferredMs, double onHttpListeningTotalMs, string channelConnectDeferMode, string channelConnectDeferSource, string deferredChannelIds);

    [LoggerMessage(LogLevel.Error, "Following the configured accounts failed ({Failures} in a row)")]
    private partial void LogFailed(Exception exception, int failures);
}

using System.Security.Cryptography;
using System.Text;
using Xopc.Contracts;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Channels.Accounts;

/// <summary>
/// Keeps one account receiving, for as long as it is configured: takes the right to its credentials, receives, and after whatever ended that tries again with a
/// pause of its own. It never ends by itself and never touches another account.
/// </summary>
internal sealed partial class AccountActor(
    IAccount account, [FromKeyedServices(ChannelsSchema.Database)] Database database, LeaseOwner owner, AccountNotes notes, Action<AccountActor> changed, TimeProvider clock,
    ILogger log) : IAccountReport, IAsyncDisposable
{
    // Above the longest poll (50 s and its grace would be a minute): silence beyond it is no evidence of health.
    private static readonly TimeSpan EvidenceFor = TimeSpan.FromSeconds(55);
    private static readonly TimeSpan LoginPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan OwnershipPause = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly SharedState _shared = new(database, notes, account.Settings.OwnershipKey, clock);
    private readonly ILogger _log = log;
    private AccountState _state = new(AccountStates.Starting, null, clock.GetUtcNow(), null, null, 0);
    private Task _running = Task.CompletedTask;

    public AccountSettings Settings => account.Settings;

    public IAccount Account => account;

    /// <summary>The state as it is now: evidence that has grown old is told as such.</summary>
    public AccountState State
    {
        get
        {
            lock (_gate)
            {
                return _state is { State: AccountStates.Connected, Evidence: { } evidence } && clock.GetUtcNow() - evidence > EvidenceFor
                    ? _state with { State = AccountStates.Degraded, Reason = "The platform has not answered for a while." }
                    : _state;
            }
        }
    }

    private DateTimeOffset? Evidence
    {
        get
        {
            lock (_gate)
            {
                return _state.Evidence;
            }
        }
    }

    public void Start() => _running = RunAsync(_stopping.Token);

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    public void Alive()
    {
        lock (_gate)
        {
            _state = _state with { Evidence = clock.GetUtcNow() };
        }

        Become(AccountStates.Connected, null);
    }

    public void Identified(AccountIdentity identity)
    {
        lock (_gate)
        {
            _state = _state with { Identity = identity };
        }
    }

    public void Degraded(string reason) => Become(AccountStates.Degraded, reason);

    public void Conflict(string reason) => Become(AccountStates.Conflict, reason);

    private async Task RunAsync(CancellationToken stopping)
    {
        await Task.Yield(); // the caller starts others too
        for (var failures = 0; !stopping.IsCancellationRequested;)
        {
            var pause = OwnershipPause;
            var evidence = Evidence;
            KeyLease? lease = null;
            try
            {
                lease = await TakeAsync(stopping);
                if (lease is not null)
                {
                    FaultPoint.Reach("account.owned");
                    await ReceiveAsync(lease, stopping);
                }
                else if (await _shared.FindAsync(stopping) is { } told)
                {
                    Follow(told);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
            catch (Exception ex)
            {
                failures = Evidence == evidence ? failures + 1 : 1; // where the platform answered in between, it begins anew
                pause = Failed(ex, failures);
            }
            finally
            {
                await ReleaseAsync(lease);
            }

            await Task.Delay(pause, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Become(AccountStates.Stopped, null);
    }

    private async Task ReceiveAsync(KeyLease lease, CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var telling = _shared.TellAsync(lease, () => State, over.Token);
        try
        {
            await account.ReceiveAsync(lease, this, stopping);
        }
        finally
        {
            await over.CancelAsync();
            await telling;
        }
    }

    // The owner's word, also for its evidence; it tells of changes itself.
    private void Follow(AccountState told)
    {
        lock (_gate)
        {
            _state = told with { Restarts = _state.Restarts };
        }
    }

    private TimeSpan Failed(Exception exception, int failures)
    {
        lock (_gate)
        {
            _state = _state with { Restarts = _state.Restarts + 1 };
        }

        switch (exception)
        {
            case AccountException { Failure: AccountFailure.NeedsLogin } login:
                Become(AccountStates.NeedsLogin, login.Message);
                return LoginPause;
            case AccountException trouble:
                Become(trouble.Failure == AccountFailure.Conflict ? AccountStates.Conflict : AccountStates.Degraded, trouble.Message);
                return trouble.RetryAfter ?? Longer(failures);
            case FencedException:
                Become(AccountStates.Degraded, "Another process of this installation has taken the account over.");
                return OwnershipPause;
            case DatabaseUnavailableException unavailable:
                Become(AccountStates.Degraded, unavailable.Message);
                return Backoff.After(failures);
            default:
                LogFailed(exception, Settings.Channel, Settings.AccountId, failures);
                Become(AccountStates.Degraded, "Receiving failed by a fault of ours; it is tried again.");
                return Longer(failures);
        }
    }

    // 2 s, doubled, at most a minute.
    private static TimeSpan Longer(int failures) => TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, Math.Clamp(failures, 1, 6)))) * (0.9 + (0.2 * Random.Shared.NextDouble()));

    private Task<KeyLease?> TakeAsync(CancellationToken cancellationToken) => database.WriteAsync(
        tx => KeyLeases.TryTake(tx, LeaseKey(Settings.OwnershipKey), owner.Name, clock.GetUtcNow().ToUnixTimeMilliseconds(), LeaseOwner.Duration), cancellationToken);

    private async Task ReleaseAsync(KeyLease? lease)
    {
        try
        {
            if (lease is not null)
            {
                await database.WriteAsync(tx => KeyLeases.Release(tx, lease), Durability.Relaxed, CancellationToken.None);
            }
        }
        catch (Exception ex) when (ex is FencedException or DatabaseUnavailableException)
        {
            // Taken over meanwhile, or it runs out by itself.
        }
    }

    private void Become(string state, string? reason)
    {
        lock (_gate)
        {
            if (_state.State == state && _state.Reason == reason)
            {
                return;
            }

            _state = _state with { State = state, Reason = reason, Since = clock.GetUtcNow() };
        }

        LogState(Settings.Channel, Settings.AccountId, state, reason ?? "");
        changed(this);
    }

    /// <summary>Of one length, whatever a platform names its accounts.</summary>
    internal static string LeaseKey(string ownership) => $"account:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ownership)).AsSpan(0, 12))}";

    [LoggerMessage(LogLevel.Information, "{Channel} account {Account} is {State} {Reason}")]
    private partial void LogState(string channel, string account, string state, string reason);

    [LoggerMessage(LogLevel.Error, "{Channel} account {Account}: receiving failed ({Failures} in a row)")]
    private partial void LogFailed(Exception exception, string channel, string account, int failures);
}

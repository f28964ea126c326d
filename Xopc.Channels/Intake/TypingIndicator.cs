using System.Collections.Concurrent;
using Xopc.Channels.Accounts;
using Xopc.Channels.Previews;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Channels.Intake;

/// <summary>
/// Shows people that an answer is being written: from the moment their message became a turn until they see it grow, or its session changed (every end of a turn
/// does that), at most ten minutes. A view, nothing depends on it: it is in memory, and a restart forgets it.
/// </summary>
internal sealed class TypingIndicator(
    [FromKeyedServices(ChannelsSchema.Database)] Database database, IAccounts accounts, IEventLog events, TimeProvider clock) : BackgroundService
{
    private const int MaxShown = 1_000;

    // Telegram shows it for five seconds.
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, (DeliveryTarget Target, string TurnId, long Since)> _shown = new(StringComparer.Ordinal); // by session
    private readonly ConcurrentDictionary<string, long> _shownAt = new(StringComparer.Ordinal); // by session
    private readonly SemaphoreSlim _begun = new(0);

    public void Begin(DeliveryTarget target, string session, string turnId)
    {
        if (_shown.Count < MaxShown)
        {
            _shown[session] = (target, turnId, clock.GetTimestamp());
            _shownAt.TryRemove(session, out _); // a message that came in between ended it on the person's screen
            if (_begun.CurrentCount == 0)
            {
                _begun.Release(); // twice in a race: one look too many, harmless
            }
        }
    }

    /// <summary>
    /// Shows it wherever it has run out or was never shown: who begins does not bring up everybody else's again, or many conversations at once would be many times
    /// as many calls. How long until the next one runs out.
    /// </summary>
    internal async Task<TimeSpan> ShowOnceAsync(CancellationToken cancellationToken)
    {
        var next = Every;
        var growing = await GrowingAsync(cancellationToken);
        foreach (var (session, (target, turnId, since)) in _shown)
        {
            var left = _shownAt.TryGetValue(session, out var at) ? Every - clock.GetElapsedTime(at) : TimeSpan.Zero;

            // A change of a message does not end it on a person's screen, as a new message does: it must have run out when the answer is there.
            if (clock.GetElapsedTime(since) > Longest || growing.Contains(turnId))
            {
                Forget(session);
            }
            else if (left > TimeSpan.Zero)
            {
                next = left < next ? left : next;
            }
            else if (accounts.Find(target.Channel, target.AccountId).Account is { } account)
            {
                _shownAt[session] = clock.GetTimestamp();
                await account.ShowTypingAsync(target, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return next;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var attached = events.Attach(Hear);
        while (!stoppingToken.IsCancellationRequested)
        {
            var next = await ShowOnceAsync(stoppingToken);
            await _begun.WaitAsync(_shown.IsEmpty ? Timeout.InfiniteTimeSpan : next, stoppingToken);
        }
    }

    private async Task<HashSet<string>> GrowingAsync(CancellationToken cancellationToken)
    {
        try
        {
            return _shown.IsEmpty ? [] : await database.ReadAsync(PreviewTable.Visible, cancellationToken);
        }
        catch (DatabaseUnavailableException)
        {
            return [];
        }
    }

    private void Hear(LoggedEvent logged)
    {
        if (logged.Message is { Type: "session.updated" or "session.deleted", SessionKey: { } session })
        {
            Forget(session);
        }
    }

    private void Forget(string session)
    {
        _shown.TryRemove(session, out _);
        _shownAt.TryRemove(session, out _);
    }
}

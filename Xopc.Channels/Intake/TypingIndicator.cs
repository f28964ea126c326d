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
    private readonly SemaphoreSlim _begun = new(0);

    public void Begin(DeliveryTarget target, string session, string turnId)
    {
        if (_shown.Count < MaxShown)
        {
            _shown[session] = (target, turnId, clock.GetTimestamp());
            _begun.Release();
        }
    }

    /// <summary>Shows it wherever it is to be shown now.</summary>
    internal async Task ShowOnceAsync(CancellationToken cancellationToken)
    {
        var growing = await GrowingAsync(cancellationToken);
        foreach (var shown in _shown)
        {
            var (target, turnId, since) = shown.Value;
            // A change of a message does not end it on a person's screen, as a new message does: it must have run out when the answer is there.
            if (clock.GetElapsedTime(since) > Longest || growing.Contains(turnId))
            {
                _shown.TryRemove(shown);
            }
            else if (accounts.Find(target.Channel, target.AccountId).Account is { } account)
            {
                await account.ShowTypingAsync(target, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var attached = events.Attach(Hear);
        while (!stoppingToken.IsCancellationRequested)
        {
            await ShowOnceAsync(stoppingToken);
            await _begun.WaitAsync(_shown.IsEmpty ? Timeout.InfiniteTimeSpan : Every, stoppingToken);
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
            _shown.TryRemove(session, out _);
        }
    }
}

using System.Text.Json;
using Xopc.Storage;

namespace Xopc.Channels.Accounts;

/// <summary>
/// What the process that receives for an account knows of it, for the others of the role: they are asked too, and have no evidence of their own. Written with the
/// lease, on a change and as the evidence grows old.
/// </summary>
internal sealed class SharedState(Database database, AccountNotes notes, string ownership, TimeProvider clock)
{
    private const string Note = "state";

    // A third of the time for which evidence counts.
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(18);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>Tells the others, until it is stopped or the lease is gone.</summary>
    public async Task TellAsync(KeyLease lease, Func<AccountState> state, CancellationToken stopping)
    {
        AccountState? told = null;
        for (; !stopping.IsCancellationRequested; await Task.Delay(LookEvery, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing))
        {
            var now = state();
            if (told is not null && told with { Evidence = null } == now with { Evidence = null } && !(now.Evidence - told.Evidence > TellEvery))
            {
                continue;
            }

            try
            {
                await database.WriteAsync(
                    tx =>
                    {
                        KeyLeases.Verify(tx, lease);
                        notes.Keep(tx, ownership, Note, JsonSerializer.Serialize(now, ChannelsJson.Default.AccountState));
                    },
                    Durability.Relaxed,
                    stopping);
                told = now;
            }
            catch (FencedException)
            {
                return;
            }
            catch (Exception ex) when (ex is DatabaseUnavailableException or OperationCanceledException)
            {
                // Told at the next look, or by whoever comes next.
            }
        }
    }

    /// <summary>What the owner said last; null: nothing that can be read.</summary>
    public async Task<AccountState?> FindAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await notes.FindAsync(ownership, Note, cancellationToken) is { } text ? JsonSerializer.Deserialize(text, ChannelsJson.Default.AccountState) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

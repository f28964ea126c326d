using Xopc.Channels.Accounts;
using Xopc.Storage;

namespace Xopc.Channels.Previews;

/// <summary>Takes away what people saw of answers that will not come, or did not come there.</summary>
internal sealed partial class PreviewRemoval(
    [FromKeyedServices(ChannelsSchema.Database)] Database database, IAccounts accounts, TimeProvider clock, ILogger<PreviewRemoval> log)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    // Telegram takes no older message away.
    private static readonly TimeSpan RemovableFor = TimeSpan.FromHours(48);

    private readonly ILogger<PreviewRemoval> _log = log;

    /// <summary>What nobody follows and no answer will come into; how many were looked at.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(reader => PreviewTable.Leftovers(reader, NowMs()), cancellationToken);
        foreach (var row in rows)
        {
            await RemoveAsync(row);
        }

        return rows.Count;
    }

    /// <summary>The turn came to nothing: what people see of it goes at once.</summary>
    public async Task RemoveAsync(string turnId)
    {
        if (await database.ReadAsync(reader => PreviewTable.Find(reader, turnId), CancellationToken.None) is { } row)
        {
            await RemoveAsync(row);
        }
    }

    private async Task RemoveAsync(PreviewRow row)
    {
        if (!await database.WriteAsync(tx => PreviewTable.Claim(tx, row, NowMs()), CancellationToken.None))
        {
            return; // its answer came
        }

        // The answer may stand in it; or nobody knows which message it is.
        var stays = row.State == PreviewStates.Answering || row.MessageId is null;
        if (stays || await TakeAwayAsync(row) || NowMs() - row.CreatedMs > RemovableFor.TotalMilliseconds)
        {
            await database.WriteAsync(tx => PreviewTable.Drop(tx, row.TurnId), Durability.Relaxed, CancellationToken.None);
        }
    }

    private async Task<bool> TakeAwayAsync(PreviewRow row)
    {
        using var patience = new CancellationTokenSource(Timeout, clock);
        try
        {
            return accounts.Find(row.Target.Channel, row.Target.AccountId).Account is IEditingAccount account && await account.DeleteAsync(row.Target, row.MessageId!, patience.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception ex)
        {
            LogThrew(ex, row.TurnId);
            return false;
        }
    }

    private long NowMs() => clock.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(LogLevel.Error, "The unfinished answer of turn {Turn} could not be taken away because of a fault here")]
    private partial void LogThrew(Exception exception, string turn);
}

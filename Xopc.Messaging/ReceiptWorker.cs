using Microsoft.Extensions.Logging;
using Xopc.Contracts;

namespace Xopc.Messaging;

/// <summary>Reads the receipts of one sending database and confirms its outbox rows, in the process that holds the relay's lease.</summary>
internal sealed class ReceiptWorker(string database, IStreamReader reader, OutboxRelay relay, MessagingOptions options, TimeProvider clock, ILogger<ReceiptWorker> logger)
    : DrainWorker(clock, logger)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    public override string Name => $"receipts {database}";

    public override async Task<bool> DrainOnceAsync(CancellationToken cancellationToken)
    {
        if (!relay.HoldsLease)
        {
            return false;
        }

        var receipts = await reader.ReadAsync(options.BatchSize, cancellationToken);
        var ids = receipts.SelectMany(receipt => Receipts.Read(receipt.Message)).Distinct(StringComparer.Ordinal).ToList();
        if (ids.Count > 0)
        {
            FaultPoint.Reach("receipts.read");
            await relay.ConfirmAsync(ids, cancellationToken);
            FaultPoint.Reach("receipts.confirmed");
        }

        if (receipts.Count > 0)
        {
            await reader.AckAsync([.. receipts.Select(receipt => receipt.EntryId)], cancellationToken);
        }

        return receipts.Count > 0;
    }

    protected override async Task WaitForWorkAsync(CancellationToken cancellationToken)
    {
        if (relay.HoldsLease)
        {
            await reader.WaitAsync(LongestWait, cancellationToken);
        }
        else
        {
            await Task.Delay(options.PollEvery, Clock, cancellationToken);
        }
    }

    protected override async Task FinishAsync(CancellationToken cancellationToken) => await reader.DisposeAsync();
}

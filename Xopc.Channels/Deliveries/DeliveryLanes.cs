using Xopc.Channels.Lanes;
using Xopc.Channels.Previews;
using Xopc.Storage;

namespace Xopc.Channels.Deliveries;

/// <summary>The oldest unfinished delivery of a peer, and what its sending has to know.</summary>
/// <param name="Parts">Those that were handed over so far.</param>
/// <param name="IsPaused">Whether an operator has paused its account.</param>
/// <param name="Unreachable">Why its peer cannot be reached, or null.</param>
/// <param name="Preview">What people saw growing of it, or null.</param>
internal sealed record DeliveryWork(Delivery Delivery, IReadOnlyList<PartRow> Parts, bool IsPaused, string? Unreachable, PreviewRow? Preview);

/// <summary>The peers this process is sending to.</summary>
internal sealed class DeliveryLanes(
    [FromKeyedServices(ChannelsSchema.Database)] Database database, [FromKeyedServices(ChannelsSchema.Database)] LeaseOwner owner, DeliverySending sending,
    TimeProvider clock, ILogger<DeliveryLanes> log) : KeyLanes<DeliveryWork>(database, owner, clock, log)
{
    protected override string LeaseKey(string key) => DeliveryLedger.LeaseKey(key);

    protected override DeliveryWork? NextOrRelease(DatabaseTransaction transaction, KeyLease lease, string key) => DeliveryLedger.NextOrRelease(transaction, lease, key);

    protected override Task<DeliveryWork?> AdvanceAsync(KeyLease lease, DeliveryWork work, Func<DatabaseTransaction, DeliveryWork?> next, CancellationToken stopping) =>
        sending.AdvanceAsync(lease, work, next, stopping);
}

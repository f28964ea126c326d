using Xopc.Channels.Lanes;
using Xopc.Storage;

namespace Xopc.Channels.Deliveries;

/// <summary>The oldest unfinished delivery of a peer, with the parts that were handed over so far.</summary>
internal sealed record DeliveryWork(Delivery Delivery, IReadOnlyList<PartRow> Parts);

/// <summary>The peers this process is sending to.</summary>
internal sealed class DeliveryLanes(
    [FromKeyedServices(ChannelsSchema.Database)] Database database, [FromKeyedServices(ChannelsSchema.Database)] LeaseOwner owner, DeliverySending sending,
    TimeProvider clock, ILogger<DeliveryLanes> log) : KeyLanes<DeliveryWork>(database, owner, clock, log)
{
    protected override string LeaseKey(string key) => DeliveryLedger.LeaseKey(key);

    protected override DeliveryWork? NextOrRelease(DatabaseTransaction transaction, KeyLease lease, string key) => DeliveryLedger.NextOrRelease(transaction, lease, key);

    protected override Task<bool> AdvanceAsync(KeyLease lease, DeliveryWork work, CancellationToken stopping) =>
        sending.AdvanceAsync(lease, work.Delivery, work.Parts, stopping);
}

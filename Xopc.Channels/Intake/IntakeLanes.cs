using Xopc.Channels.Lanes;
using Xopc.Storage;

namespace Xopc.Channels.Intake;

/// <summary>The rows of a conversation that become one turn.</summary>
internal sealed record IntakeGroup(IReadOnlyList<IntakeRow> Rows);

/// <summary>The conversations whose messages this process is taking in.</summary>
internal sealed class IntakeLanes(
    [FromKeyedServices(ChannelsSchema.Database)] Database database, [FromKeyedServices(ChannelsSchema.Database)] LeaseOwner owner, IntakeStep step, TimeProvider clock,
    ILogger<IntakeLanes> log) : KeyLanes<IntakeGroup>(database, owner, clock, log)
{
    private readonly TimeProvider _clock = clock;

    protected override string LeaseKey(string key) => IntakeTable.LeaseKey(key);

    protected override IntakeGroup? NextOrRelease(DatabaseTransaction transaction, KeyLease lease, string key) =>
        IntakeTable.NextOrRelease(transaction, lease, key, _clock.GetUtcNow().ToUnixTimeMilliseconds()) is { } rows ? new IntakeGroup(rows) : null;

    protected override Task<bool> AdvanceAsync(KeyLease lease, IntakeGroup work, CancellationToken stopping) => step.AdvanceAsync(lease, work.Rows, stopping);
}

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
    // Timers tick in 4 ms on most machines, and come up to a tick late. Asked for half a tick early they come at most half a tick off, and a group that closes within
    // that is closed: else a person would wait for the next tick.
    private const int EarlyMs = 2;

    private readonly TimeProvider _clock = clock;

    /// <summary>The moment by which groups are judged closed, in Unix milliseconds.</summary>
    public long NowMs => _clock.GetUtcNow().ToUnixTimeMilliseconds() + EarlyMs;

    protected override string LeaseKey(string key) => IntakeTable.LeaseKey(key);

    protected override IntakeGroup? NextOrRelease(DatabaseTransaction transaction, KeyLease lease, string key) =>
        IntakeTable.NextOrRelease(transaction, lease, key, NowMs) is { } rows ? new IntakeGroup(rows) : null;

    protected override async Task<IntakeGroup?> AdvanceAsync(KeyLease lease, IntakeGroup work, Func<DatabaseTransaction, IntakeGroup?> next, CancellationToken stopping) =>
        await step.AdvanceAsync(lease, work.Rows, stopping) ? await NextAsync(next) : null;
}

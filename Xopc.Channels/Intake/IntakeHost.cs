using Xopc.Channels.Lanes;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Channels.Intake;

/// <summary>Gives lanes to conversations whose oldest messages are complete.</summary>
internal sealed class IntakeHost(
    [FromKeyedServices(ChannelsSchema.Database)] Database database, IntakeLanes lanes, MessagingOptions messaging, TimeProvider clock, ILogger<IntakeHost> log)
    : LaneHost<IntakeGroup>(lanes, messaging.PollEvery, clock, log)
{
    private readonly IntakeLanes _lanes = lanes;

    public override async Task<TimeSpan> DrainOnceAsync(CancellationToken cancellationToken)
    {
        if (_lanes.Free == 0)
        {
            return PollEvery; // the next lane that is free wakes this loop
        }

        var now = _lanes.NowMs;
        var (keys, nextMs) = await database.ReadAsync(reader => IntakeTable.Due(reader, now, IntakeLanes.MaxOfAccount + _lanes.FailingKeys), cancellationToken);
        foreach (var key in keys)
        {
            if (_lanes.FreeFor(AccountOf(key)) > 0)
            {
                await _lanes.TryTakeAsync(key, cancellationToken);
            }
        }

        return nextMs is { } next && next - now < PollEvery.TotalMilliseconds ? TimeSpan.FromMilliseconds(Math.Max(1, next - now)) : PollEvery;
    }

    // {channel}:{account}:{peer}
    private static string AccountOf(string key) => key[..key.IndexOf(':', key.IndexOf(':') + 1)];
}

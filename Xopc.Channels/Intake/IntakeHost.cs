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
            _lanes.WakeWhenFree();
            return PollEvery;
        }

        var now = _lanes.NowMs;
        var (keys, nextMs) = await database.ReadAsync(reader => IntakeTable.Due(reader, now, IntakeLanes.MaxOfAccount + _lanes.FailingKeys), cancellationToken);

        // Together, in one commit: one after the other a conversation would wait for a commit of each that is taken before it, sixteen of them beside an account in a flood.
        var taking = new List<Task>();
        foreach (var account in keys.GroupBy(AccountOf))
        {
            var room = Math.Min(_lanes.FreeFor(account.Key), (_lanes.Free - taking.Count + 1) / 2);
            taking.AddRange(account.Where(_lanes.MayTake).Take(room).Select(key => _lanes.TryTakeAsync(key, cancellationToken)));
            if (account.Skip(room).Any())
            {
                _lanes.WakeWhenFree();
            }
        }

        await Task.WhenAll(taking);

        return nextMs is { } next && next - now < PollEvery.TotalMilliseconds ? TimeSpan.FromMilliseconds(Math.Max(1, next - now)) : PollEvery;
    }

    // {channel}:{account}:{peer}
    private static string AccountOf(string key) => key[..key.IndexOf(':', key.IndexOf(':') + 1)];
}

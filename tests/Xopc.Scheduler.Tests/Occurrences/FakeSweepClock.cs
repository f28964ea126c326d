using Xopc.Scheduler.Occurrences;

namespace Xopc.Scheduler.Tests.Occurrences;

/// <summary>Remembers when it was asked to wake.</summary>
internal sealed class FakeSweepClock : ISweepClock
{
    public DateTimeOffset? Asked { get; private set; }

    public void WakeAt(DateTimeOffset? moment) => Asked = moment;
}

using Xopc.Messaging.Tests.Support;

namespace Xopc.Messaging.Tests.Events;

public sealed class InProcessEventLogTests : EventLogContract
{
    private TestProcess? _process;

    protected override IEventLog One => _process!.Events;

    protected override IEventLog Other => _process!.Events;

    public override async ValueTask InitializeAsync() => _process = await TestProcess.StartAsync(redis: null, "{xopc}:");

    public override ValueTask DisposeAsync() => _process!.DisposeAsync();

    [Fact]
    public void A_sink_has_the_event_when_publishing_returns()
    {
        var seen = new List<long>();
        using var attached = One.Attach(logged => seen.Add(logged.Seq));

        One.Publish(Event("a"));

        Assert.Equal([1], seen);
    }

    [Fact]
    public async Task Another_start_is_another_epoch()
    {
        await using var restarted = await TestProcess.StartAsync(redis: null, "{xopc}:");

        Assert.NotEqual(One.Epoch, restarted.Events.Epoch);
    }
}

using System.Text;
using Xopc.Contracts.Messages;
using Xopc.Messaging.Tests.Support;

namespace Xopc.Messaging.Tests.Events;

/// <summary>What every event log does. The two logs are of two processes over Redis, and the same one in process.</summary>
public abstract class EventLogContract : IAsyncLifetime
{
    protected abstract IEventLog One { get; }

    protected abstract IEventLog Other { get; }

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task Every_sink_sees_the_one_order_without_gaps_whoever_published()
    {
        var (first, second) = (new Collector<LoggedEvent>(), new Collector<LoggedEvent>());
        using var attachedOne = One.Attach(first.Add);
        using var attachedOther = Other.Attach(second.Add);

        var publishing = new[] { One, Other, One }.Select((log, publisher) => Task.Run(() =>
        {
            for (var n = 0; n < 200; n++)
            {
                log.Publish(Event($"{publisher}:{n}"));
            }
        }));
        await Task.WhenAll(publishing);

        var seen = await first.AtLeastAsync(600, "events at the first sink");
        Assert.Equal(Enumerable.Range(1, 600).Select(seq => (long)seq), seen.Select(logged => logged.Seq));
        Assert.Equal(seen.Select(DataOf), (await second.AtLeastAsync(600, "events at the second sink")).Select(DataOf));
        for (var publisher = 0; publisher < 3; publisher++)
        {
            var own = seen.Select(DataOf).Where(data => data.StartsWith($"{publisher}:", StringComparison.Ordinal));
            Assert.Equal(Enumerable.Range(0, 200).Select(n => $"{publisher}:{n}"), own);
        }
    }

    [Fact]
    public async Task An_event_arrives_as_it_was_published()
    {
        var seen = new Collector<LoggedEvent>();
        using var attached = One.Attach(seen.Add);

        Other.Publish(new EventMessage("session.updated", "main:webchat:default:dm:1", "{\"t\":\"ü\\n\"}"u8.ToArray()));
        Other.Publish(new EventMessage("channels.status", null, "{}"u8.ToArray()));

        var events = await seen.AtLeastAsync(2, "two events");
        Assert.Equal(("session.updated", "main:webchat:default:dm:1", "{\"t\":\"ü\\n\"}"), (events[0].Message.Type, events[0].Message.SessionKey, DataOf(events[0])));
        Assert.Equal(("channels.status", null), (events[1].Message.Type, events[1].Message.SessionKey));
    }

    [Fact]
    public async Task A_sink_that_throws_against_its_contract_keeps_nothing_from_the_others()
    {
        var seen = new Collector<LoggedEvent>();
        using var bad = One.Attach(_ => throw new InvalidOperationException("bad sink"));
        using var good = One.Attach(seen.Add);

        One.Publish(Event("a"));
        One.Publish(Event("b"));

        Assert.Equal(["a", "b"], (await seen.AtLeastAsync(2, "events at the good sink")).Select(DataOf));
    }

    [Fact]
    public async Task A_detached_sink_gets_no_more()
    {
        var (staying, leaving) = (new Collector<LoggedEvent>(), new Collector<LoggedEvent>());
        using var stays = One.Attach(staying.Add);
        var leaves = One.Attach(leaving.Add);
        One.Publish(Event("a"));
        await leaving.AtLeastAsync(1, "the event before");

        leaves.Dispose();
        One.Publish(Event("b"));

        await staying.AtLeastAsync(2, "the event after");
        Assert.Single(leaving.Items);
    }

    [Fact]
    public void The_epoch_is_short_and_plain() => Assert.Matches("^[a-z0-9]{1,16}$", One.Epoch);

    protected static EventMessage Event(string data) => new("test", null, Encoding.UTF8.GetBytes(data));

    protected static string DataOf(LoggedEvent logged) => Encoding.UTF8.GetString(logged.Message.Data.Span);
}

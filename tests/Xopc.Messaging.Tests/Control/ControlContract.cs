using Xopc.Contracts.Messages;
using Xopc.Messaging.Tests.Support;

namespace Xopc.Messaging.Tests.Control;

/// <summary>Control messages reach every process, the sender's included, once.</summary>
public abstract class ControlContract : IAsyncLifetime
{
    protected abstract IControlBroadcast Sender { get; }

    protected abstract IControlBroadcast Elsewhere { get; }

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task A_message_reaches_every_process_once_the_senders_too()
    {
        var (own, other) = (new Collector<ControlMessage>(), new Collector<ControlMessage>());
        using var attachedOwn = Sender.Attach(own.Add);
        using var attachedOther = Elsewhere.Attach(other.Add);

        await Sender.SendAsync(new ControlMessage(ControlKinds.Abort, "run-1"), TestContext.Current.CancellationToken);
        await Sender.SendAsync(new ControlMessage(ControlKinds.Steer, "run-1", "leiser, \"bitte\""), TestContext.Current.CancellationToken);

        ControlMessage[] sent = [new(ControlKinds.Abort, "run-1"), new(ControlKinds.Steer, "run-1", "leiser, \"bitte\"")];
        Assert.Equal(sent, await other.AtLeastAsync(2, "messages elsewhere"));
        Assert.Equal(sent, own.Items);
    }

    [Fact]
    public async Task The_senders_process_has_it_when_sending_returns()
    {
        var own = new Collector<ControlMessage>();
        using var attached = Sender.Attach(own.Add);

        await Sender.SendAsync(new ControlMessage(ControlKinds.Revoke, "key-1"), TestContext.Current.CancellationToken);

        Assert.Single(own.Items);
    }

    [Fact]
    public async Task A_handler_that_throws_against_its_contract_keeps_nothing_from_the_others()
    {
        var seen = new Collector<ControlMessage>();
        using var bad = Elsewhere.Attach(_ => throw new InvalidOperationException("bad handler"));
        using var good = Elsewhere.Attach(seen.Add);

        await Sender.SendAsync(new ControlMessage(ControlKinds.Reload, "hash"), TestContext.Current.CancellationToken);

        Assert.Single(await seen.AtLeastAsync(1, "the message at the good handler"));
    }

    [Fact]
    public async Task A_detached_handler_gets_no_more()
    {
        var (staying, leaving) = (new Collector<ControlMessage>(), new Collector<ControlMessage>());
        using var stays = Elsewhere.Attach(staying.Add);
        Elsewhere.Attach(leaving.Add).Dispose();

        await Sender.SendAsync(new ControlMessage(ControlKinds.Reload, "hash"), TestContext.Current.CancellationToken);

        await staying.AtLeastAsync(1, "the message at the staying handler");
        Assert.Empty(leaving.Items);
    }
}

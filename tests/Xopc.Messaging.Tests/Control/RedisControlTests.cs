using StackExchange.Redis;
using Xopc.Contracts.Messages;
using Xopc.Messaging.Redis;
using Xopc.Messaging.Tests.Support;
using Xopc.Testing.Redis;

namespace Xopc.Messaging.Tests.Control;

public sealed class RedisControlTests(SharedRedis redis) : ControlContract
{
    private readonly string _prefix = TestProcess.NewPrefix();
    private TestProcess? _sender;
    private TestProcess? _elsewhere;

    protected override IControlBroadcast Sender => _sender!.Control;

    protected override IControlBroadcast Elsewhere => _elsewhere!.Control;

    public override async ValueTask InitializeAsync()
    {
        _sender = await TestProcess.StartAsync(redis.Server.ConnectionString, _prefix);
        _elsewhere = await TestProcess.StartAsync(redis.Server.ConnectionString, _prefix);
        await _elsewhere.Worker<RedisControlBroadcast>().Subscribed;
    }

    public override async ValueTask DisposeAsync()
    {
        await _sender!.DisposeAsync();
        await _elsewhere!.DisposeAsync();
    }

    [Fact]
    public async Task What_is_no_control_message_is_passed_over()
    {
        var seen = new Collector<ControlMessage>();
        using var attached = Elsewhere.Attach(seen.Add);
        await using var stranger = await ConnectionMultiplexer.ConnectAsync(redis.Server.ConnectionString);
        var channel = RedisChannel.Literal($"{_prefix}control");
        foreach (var payload in (string[])["", "short", new string('0', 32), new string('0', 32) + "{not json", new string('0', 32) + "{}", new string('0', 32) + "null"])
        {
            await stranger.GetSubscriber().PublishAsync(channel, payload);
        }

        await Sender.SendAsync(new ControlMessage(ControlKinds.Abort, "run-1"), TestContext.Current.CancellationToken);

        Assert.Equal([new ControlMessage(ControlKinds.Abort, "run-1")], await seen.AtLeastAsync(1, "the message"));
    }

    [Fact]
    public async Task The_senders_process_is_served_also_while_Redis_is_away_and_the_others_again_afterwards()
    {
        await using var server = await RedisServer.StartAsync(appendOnly: false, TestContext.Current.CancellationToken);
        await using var sender = await TestProcess.StartAsync(server.ConnectionString + ",asyncTimeout=500", "{xopc}:");
        await using var elsewhere = await TestProcess.StartAsync(server.ConnectionString, "{xopc}:");
        await elsewhere.Worker<RedisControlBroadcast>().Subscribed;
        var (own, other) = (new Collector<ControlMessage>(), new Collector<ControlMessage>());
        using var attachedOwn = sender.Control.Attach(own.Add);
        using var attachedOther = elsewhere.Control.Attach(other.Add);
        await server.KillAsync(TestContext.Current.CancellationToken);

        await sender.Control.SendAsync(new ControlMessage(ControlKinds.Abort, "run-1"), TestContext.Current.CancellationToken);
        Assert.Single(own.Items);

        await server.RestartAsync(TestContext.Current.CancellationToken);
        using var limit = new CancellationTokenSource(Within.Limit);
        while (other.Items.Count == 0)
        {
            // The subscription comes back some time after the server: each round is one awaited round trip.
            limit.Token.ThrowIfCancellationRequested();
            await sender.Control.SendAsync(new ControlMessage(ControlKinds.Reload, "hash"), limit.Token);
        }

        Assert.Equal(ControlKinds.Reload, other.Items[0].Kind);
    }
}

using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Xopc.Contracts.Messages;
using Xopc.Messaging.Tests.Support;
using Xopc.Testing.Redis;

namespace Xopc.Messaging.Tests.Delivery;

public sealed class RedisDeliveryTests(SharedRedis redis) : DeliveryContract
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private protected override bool SendersShareADatabase => true;

    private protected override Installation NewInstallation() => new(redis.Server.ConnectionString);

    [Fact]
    public async Task Redis_killed_and_restarted_in_the_middle_loses_nothing_and_turns_nothing_around()
    {
        await using var server = await RedisServer.StartAsync(appendOnly: true, Cancelled);
        await using var installation = new Installation(server.ConnectionString);
        (installation["SweepAfter"], installation["ClaimIdle"], installation["ClaimEvery"]) = ("00:00:03", "00:00:01", "00:00:00.500");
        await installation.StartAsync(receivers: 3);
        var sent = Enumerable.Range(0, 2_000).Select(n => Installation.Message($"m{n}", $"k{n % 40}")).ToList();
        await installation.SendAsync(sent[..1_500]);
        await installation.Accepted.AtLeastAsync(300, "some accepted messages");

        await server.KillAsync(Cancelled);
        await installation.SendAsync(sent[1_500..]); // what is promised does not need Redis
        await server.RestartAsync(Cancelled);

        await installation.ConfirmedAsync();
        AssertOrder(sent, await UntilWorkedAsync(installation, sent.Count));
    }

    [Fact]
    public async Task Redis_flushed_while_messages_are_unconfirmed_loses_nothing()
    {
        await using var server = await RedisServer.StartAsync(appendOnly: false, Cancelled);
        await using var installation = new Installation(server.ConnectionString);
        installation["SweepAfter"] = "00:00:01";
        await installation.StartAsync(receivers: 0);
        var sent = Enumerable.Range(0, 300).Select(n => Installation.Message($"m{n}", $"k{n % 30}")).ToList();
        await installation.SendAsync(sent);
        var multiplexer = installation.Processes[0].Services.GetRequiredService<IConnectionMultiplexer>();
        await StreamLengthAsync(multiplexer, installation, length => length == 30); // one of each key is under way

        await multiplexer.GetServers().Single().FlushAllDatabasesAsync();
        await installation.StartReceiversAsync(3);
        await installation.Accepted.AtLeastAsync(100, "some accepted messages");
        await multiplexer.GetServers().Single().FlushAllDatabasesAsync(); // and once more under the readers

        await installation.ConfirmedAsync();
        AssertOrder(sent, await UntilWorkedAsync(installation, sent.Count));
    }

    [Fact]
    public async Task A_full_stream_stops_its_relay_and_its_length_returns_to_nothing()
    {
        await using var installation = NewInstallation();
        installation["StreamCapacity"] = "10";
        await installation.StartAsync(receivers: 0);
        var sent = Enumerable.Range(0, 100).Select(n => Installation.Message($"m{n}", $"k{n}")).ToList();
        await installation.SendAsync(sent);
        var multiplexer = installation.Processes[0].Services.GetRequiredService<IConnectionMultiplexer>();
        await StreamLengthAsync(multiplexer, installation, length => length == 10);
        Assert.Equal(100, await installation.OutboxCountAsync());

        await installation.StartReceiversAsync(3);

        await installation.ConfirmedAsync();
        AssertOrder(sent, await UntilWorkedAsync(installation, sent.Count));
        await StreamLengthAsync(multiplexer, installation, length => length == 0);
    }

    [Fact]
    public async Task A_receiver_that_dies_with_messages_in_hand_leaves_them_to_another()
    {
        await using var installation = NewInstallation();
        (installation["ClaimIdle"], installation["ClaimEvery"]) = ("00:00:00.500", "00:00:00.100");
        installation["RetryAfter"] = "00:01:00"; // what fails stays in its consumer's hand
        var dying = true;
        installation.OnAccept = _ =>
        {
            if (Volatile.Read(ref dying))
            {
                throw new InvalidOperationException("this receiver accepts nothing");
            }
        };
        await installation.StartAsync(receivers: 1);
        var refused = new Collector<string>();
        var accept = installation.OnAccept;
        installation.OnAccept = message =>
        {
            refused.Add(message.Id);
            accept(message);
        };
        await installation.SendAsync(Installation.Message("m1", "k1"), Installation.Message("m2", "k2"));
        await refused.AtLeastAsync(2, "messages refused by the first receiver");
        await installation.StopAsync(installation.Processes[^1]);

        Volatile.Write(ref dying, false);
        await installation.StartReceiversAsync(1);

        Assert.Equal(["m1", "m2"], (await installation.Worked.AtLeastAsync(2, "worked messages")).Order());
        await installation.ConfirmedAsync();
    }

    private static async Task StreamLengthAsync(IConnectionMultiplexer multiplexer, Installation installation, Func<long, bool> reached)
    {
        using var limit = new CancellationTokenSource(Within.Limit);
        while (!reached(await multiplexer.GetDatabase().StreamLengthAsync($"{installation.Prefix}{WorkStreams.Turns}")))
        {
            limit.Token.ThrowIfCancellationRequested();
        }
    }
}

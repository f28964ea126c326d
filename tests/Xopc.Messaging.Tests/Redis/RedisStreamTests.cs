using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using Xopc.Contracts.Messages;
using Xopc.Messaging.Redis;
using Xopc.Messaging.Tests.Support;
using Xopc.Testing.Redis;

namespace Xopc.Messaging.Tests.Redis;

/// <summary>The entries between relay and intake, on a real server.</summary>
public sealed class RedisStreamTests(SharedRedis redis) : IAsyncLifetime
{
    private const string Group = "agents";

    private readonly string _prefix = TestProcess.NewPrefix();
    private readonly string _stream = $"turns-{Guid.NewGuid():N}"; // names the reader's connection, too
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<MessagingTelemetry>().BuildServiceProvider();
    private readonly List<RedisStreamReader> _readers = [];
    private ConnectionMultiplexer? _shared;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private IDatabase Database => _shared!.GetDatabase();

    private RedisKey Key => $"{_prefix}{_stream}";

    public async ValueTask InitializeAsync() => _shared = await ConnectionMultiplexer.ConnectAsync(redis.Server.ConnectionString);

    public async ValueTask DisposeAsync()
    {
        foreach (var reader in _readers)
        {
            await reader.DisposeAsync();
        }

        await _shared!.DisposeAsync();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task That_Redis_went_away_and_came_back_is_said_once_each()
    {
        await using var server = await RedisServer.StartAsync(appendOnly: false, TestContext.Current.CancellationToken);
        var lines = new LineLog();
        await using var process = await TestProcess.StartAsync(server.ConnectionString, "{xopc}:", builder => builder.Logging.AddProvider(lines));
        var (away, back) = (lines.Next("is not connected"), lines.Next("is connected again"));
        _ = process.Services.GetRequiredService<RedisConnections>();

        await server.KillAsync(TestContext.Current.CancellationToken);
        await Within.TimeAsync(away, "the loss is said");
        await server.RestartAsync(TestContext.Current.CancellationToken);
        await Within.TimeAsync(back, "the return is said");

        // Which of its connections notices first, and how the kernel calls it, differs.
        Assert.Collection(
            lines.Lines.Where(line => line.Contains("Redis at", StringComparison.Ordinal)),
            line => Assert.Matches(
                $@"^Warning Redis at 127\.0\.0\.1:{server.Port} is not connected \(\w+\); messages wait in the databases, and the connection is tried again\.$", line),
            line => Assert.Equal($"Information Redis at 127.0.0.1:{server.Port} is connected again.", line));
    }

    [Fact]
    public async Task A_message_arrives_with_all_its_parts()
    {
        var sent = new StreamMessage(
            "telegram:acc:1", _stream, "main:telegram:default:dm:ü", new byte[] { 0, 255, 10, 13 }, "channels", "operator", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        await Writer().PublishAsync([sent, Message("2")], Cancelled);

        var got = await Reader("a").ReadAsync(10, Cancelled);

        Assert.Equal(sent with { Body = default }, got[0].Message with { Body = default });
        Assert.Equal(sent.Body.ToArray(), got[0].Message.Body.ToArray());
        Assert.Null(got[1].Message.TraceParent);
    }

    [Fact]
    public async Task A_stream_at_its_bound_takes_what_fits_and_says_full_and_nothing_is_trimmed()
    {
        var writer = Writer(capacity: 10);
        var messages = Enumerable.Range(1, 15).Select(n => Message($"{n}")).ToList();

        var outcomes = await writer.PublishAsync(messages, Cancelled);

        Assert.Equal(Enumerable.Repeat(PublishOutcome.Published, 10).Concat(Enumerable.Repeat(PublishOutcome.Full, 5)), outcomes);
        Assert.All(await writer.PublishAsync(messages, Cancelled), outcome => Assert.Equal(PublishOutcome.Full, outcome));
        var reader = Reader("a");
        var read = await reader.ReadAsync(100, Cancelled);
        Assert.Equal(Enumerable.Range(1, 10).Select(n => $"{n}"), read.Select(envelope => envelope.Message.Id));

        // Reading frees nothing; acknowledging does.
        Assert.Equal([PublishOutcome.Full], await writer.PublishAsync([messages[14]], Cancelled));
        await reader.AckAsync([read[0].EntryId, read[1].EntryId], Cancelled);
        Assert.Equal([PublishOutcome.Published, PublishOutcome.Published, PublishOutcome.Full], await writer.PublishAsync([.. messages[12..]], Cancelled));
    }

    [Fact]
    public async Task Several_senders_together_do_not_pass_the_bound()
    {
        var writer = Writer(capacity: 50);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(sender =>
            writer.PublishAsync([.. Enumerable.Range(0, 20).Select(n => Message($"{sender}:{n}"))], Cancelled)));

        Assert.Equal(50, outcomes.SelectMany(all => all).Count(outcome => outcome == PublishOutcome.Published));
        Assert.Equal(50, await Database.StreamLengthAsync(Key));
    }

    [Fact]
    public async Task An_acknowledged_entry_is_gone_from_the_stream_and_from_what_is_pending()
    {
        await Writer().PublishAsync([.. Enumerable.Range(1, 2_500).Select(n => Message($"{n}"))], Cancelled);
        var reader = Reader("a");
        var read = await reader.ReadAsync(10_000, Cancelled);

        await reader.AckAsync([.. read.Select(envelope => envelope.EntryId)], Cancelled);

        Assert.Equal(2_500, read.Count);
        Assert.Equal(0, await Database.StreamLengthAsync(Key));
        Assert.Equal(0, (await Database.StreamPendingAsync(Key, Group)).PendingMessageCount);
    }

    [Fact]
    public async Task A_consumer_that_comes_back_begins_with_what_it_left_unacknowledged()
    {
        var writer = Writer();
        await writer.PublishAsync([Message("1"), Message("2")], Cancelled);
        Assert.Equal(2, (await Reader("a").ReadAsync(10, Cancelled)).Count);
        await writer.PublishAsync([Message("3")], Cancelled);

        var again = Reader("a");
        var seen = new List<string>();
        for (var read = await again.ReadAsync(1, Cancelled); read.Count > 0; read = await again.ReadAsync(1, Cancelled))
        {
            seen.AddRange(read.Select(envelope => envelope.Message.Id));
        }

        Assert.Equal(["1", "2", "3"], seen);
    }

    [Fact]
    public async Task What_another_consumer_abandoned_is_claimed_after_its_idle_time()
    {
        await Writer().PublishAsync([Message("1")], Cancelled);
        Assert.Single(await Reader("dead").ReadAsync(10, Cancelled));
        var heir = Reader("heir", claimIdle: TimeSpan.FromMilliseconds(50));

        var claimed = await ReadUntilAsync(heir, 1);

        Assert.Equal("1", claimed[0].Message.Id);
        await heir.AckAsync([claimed[0].EntryId], Cancelled);
        Assert.Equal(0, (await Database.StreamPendingAsync(Key, Group)).PendingMessageCount);
    }

    [Fact]
    public async Task What_a_living_consumer_has_in_hand_is_not_claimed()
    {
        await Writer().PublishAsync([Message("1")], Cancelled);
        Assert.Single(await Reader("busy").ReadAsync(10, Cancelled));
        var other = Reader("other", claimIdle: TimeSpan.FromMinutes(10));

        await other.WaitAsync(TimeSpan.FromMilliseconds(150), Cancelled);

        Assert.Empty(await other.ReadAsync(10, Cancelled));
    }

    [Fact]
    public async Task An_entry_deleted_while_pending_leaves_no_ghost()
    {
        await Writer().PublishAsync([Message("1"), Message("2")], Cancelled);
        var left = await Reader("a").ReadAsync(10, Cancelled);
        await Database.StreamDeleteAsync(Key, [left[0].EntryId]);

        var read = await Reader("a").ReadAsync(10, Cancelled);

        Assert.Equal(["2"], read.Select(envelope => envelope.Message.Id));
        Assert.Equal(1, (await Database.StreamPendingAsync(Key, Group)).PendingMessageCount);
    }

    [Fact]
    public async Task An_entry_that_is_no_message_is_removed_and_holds_nobody_up()
    {
        await Database.StreamAddAsync(Key, "what", "is this");
        await Database.StreamAddAsync(Key, [new("id", new string('i', 201)), new("key", "k"), new("snd", "s")]);
        await Database.StreamAddAsync(Key, [new("id", "no-key"), new("key", ""), new("snd", "s")]);
        await Writer().PublishAsync([Message("1")], Cancelled);

        var read = await Reader("a").ReadAsync(10, Cancelled);

        Assert.Equal(["1"], read.Select(envelope => envelope.Message.Id));
        Assert.Equal(1, await Database.StreamLengthAsync(Key));
    }

    [Fact]
    public async Task A_deleted_stream_is_made_again_by_its_reader()
    {
        var reader = Reader("a");
        Assert.Empty(await reader.ReadAsync(10, Cancelled));
        await Database.KeyDeleteAsync(Key);
        await Writer().PublishAsync([Message("1")], Cancelled);

        Assert.Equal("1", (await ReadUntilAsync(reader, 1))[0].Message.Id);
    }

    [Fact]
    public async Task A_stream_deleted_under_a_waiting_reader_wakes_it_and_is_made_again()
    {
        var reader = Reader("a");
        Assert.Empty(await reader.ReadAsync(10, Cancelled));
        var waiting = reader.WaitAsync(Within.Limit, Cancelled).AsTask();
        await BlockedAsync();

        await Database.KeyDeleteAsync(Key);

        await Within.TimeAsync(waiting, "the waiting reader noticed");
        await Writer().PublishAsync([Message("1")], Cancelled);
        Assert.Equal("1", (await ReadUntilAsync(reader, 1))[0].Message.Id);
    }

    [Fact]
    public async Task A_waiting_reader_holds_nobody_else_up_and_wakes_when_something_comes()
    {
        var reader = Reader("a");
        Assert.Empty(await reader.ReadAsync(10, Cancelled));
        var waiting = reader.WaitAsync(Within.Limit, Cancelled).AsTask();
        await BlockedAsync();
        await Database.PingAsync();
        Assert.False(waiting.IsCompleted);

        await Writer().PublishAsync([Message("1")], Cancelled);

        await Within.TimeAsync(waiting, "the reader woke");
        Assert.Equal("1", Assert.Single(await reader.ReadAsync(10, Cancelled)).Message.Id);
    }

    [Fact]
    public async Task A_reader_whose_connection_is_cut_goes_on_with_a_new_one()
    {
        var reader = Reader("a");
        Assert.Empty(await reader.ReadAsync(10, Cancelled));
        var waiting = reader.WaitAsync(Within.Limit, Cancelled).AsTask();
        var id = await BlockedAsync();

        await Database.ExecuteAsync("CLIENT", "KILL", "ID", id);

        await Assert.ThrowsAsync<RedisConnectionException>(() => Within.TimeAsync(waiting, "the waiting read failed"));
        await Writer().PublishAsync([Message("1")], Cancelled);
        Assert.Equal("1", (await ReadUntilAsync(reader, 1))[0].Message.Id);
    }

    private RedisStreamWriter Writer(int capacity = 10_000) => new(Connections(), Keys(), new MessagingOptions { StreamCapacity = capacity }, Telemetry());

    private RedisStreamReader Reader(string consumer, TimeSpan? claimIdle = null)
    {
        var options = new MessagingOptions
        {
            Instance = consumer, ClaimIdle = claimIdle ?? TimeSpan.FromMinutes(1), ClaimEvery = claimIdle is null ? TimeSpan.FromMinutes(1) : TimeSpan.FromMilliseconds(20),
        };
        var reader = new RedisStreamReader(
            Connections(), Keys(), _stream, Group, options, Telemetry(), TimeProvider.System, NullLogger<RedisStreamReader>.Instance);
        _readers.Add(reader);
        return reader;
    }

    private RedisConnections Connections() => new(_shared!, redis.Server.ConnectionString, NullLogger<RedisConnections>.Instance);

    private RedisKeys Keys() => new(_prefix);

    private MessagingTelemetry Telemetry() => _services.GetRequiredService<MessagingTelemetry>();

    private StreamMessage Message(string id) => new(id, _stream, $"key-{id}", Encoding.UTF8.GetBytes($"body {id}"), "channels", "operator");

    private static async Task<List<Envelope>> ReadUntilAsync(RedisStreamReader reader, int count)
    {
        using var limit = new CancellationTokenSource(Within.Limit);
        var read = new List<Envelope>();
        while (read.Count < count)
        {
            try
            {
                await reader.WaitAsync(TimeSpan.FromSeconds(1), limit.Token);
                read.AddRange(await reader.ReadAsync(10, limit.Token));
            }
            catch (RedisConnectionException)
            {
                // Reconnecting; the worker's loop backs off here.
                limit.Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        return read;
    }

    /// <summary>The server's id of our client that waits in a blocking read, once it does.</summary>
    private async Task<string> BlockedAsync()
    {
        using var limit = new CancellationTokenSource(Within.Limit);
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            var clients = (string)(await Database.ExecuteAsync("CLIENT", "LIST"))!;
            var blocked = clients.Split('\n').FirstOrDefault(line =>
                line.Contains($"name=xopc-{_stream}", StringComparison.Ordinal) && line.Contains("flags=b", StringComparison.Ordinal));
            if (blocked is not null)
            {
                return blocked[3..blocked.IndexOf(' ')];
            }
        }
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Messaging.Tests.Delivery;

/// <summary>The receiving loop, pass by pass, on a real database.</summary>
public sealed class StreamWorkerTests : IAsyncLifetime
{
    private readonly FakeStreamReader _reader = new();
    private readonly FakeStreamWriter _receipts = new();
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow); // near the real one, by which the database forgets old leases
    private readonly MessagingOptions _options = new() { RetryAfter = TimeSpan.FromSeconds(10), AcceptAttempts = 3, ParkedCapacity = 2 };
    private Action<StreamMessage>? _onAccept;
    private Installation? _installation;
    private StreamWorker? _worker;
    private int _keyCapacity = 100;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private Database Database => _installation!.ReceiverDatabase;

    public async ValueTask InitializeAsync()
    {
        _installation = new Installation(redis: null) { Works = false };
        await _installation.StartAsync(receivers: 1);
        NewWorker();
    }

    public async ValueTask DisposeAsync()
    {
        _worker!.Dispose();
        await _installation!.DisposeAsync();
    }

    [Fact]
    public async Task A_message_is_acked_only_after_it_was_accepted_and_its_receipt_was_sent()
    {
        var entry = _reader.Add(Message("m1"));
        _onAccept = _ => Assert.Empty(_receipts.Written);
        _receipts.Writing = () => Assert.Empty(_reader.Acked);

        Assert.True(await DrainAsync());

        Assert.Equal([entry], _reader.Acked);
        Assert.Equal(["m1"], Receipted());
        Assert.Equal("receipts:channels", _receipts.Written[0].Stream);
        Assert.False(await DrainAsync());
    }

    [Fact]
    public async Task A_message_that_comes_twice_is_receipted_twice_and_accepted_once()
    {
        _reader.Add(Message("m1"));
        await DrainAsync();
        _reader.Add(Message("m1"));
        await DrainAsync();

        Assert.Equal(["m1", "m1"], Receipted());
        Assert.Equal(2, _reader.Acked.Count);
        Assert.Equal(["m1"], await _installation!.VisibleAsync());
    }

    [Fact]
    public async Task Receipts_that_cannot_be_sent_keep_nothing_from_being_acked()
    {
        _receipts.Fails = new InvalidOperationException("no Redis");
        _reader.Add(Message("m1"));

        await DrainAsync();

        Assert.Single(_reader.Acked);
        Assert.Equal(["m1"], await _installation!.VisibleAsync());
    }

    [Fact]
    public async Task An_entry_whose_ack_failed_is_a_duplicate_when_it_comes_again()
    {
        _reader.AckFails = new InvalidOperationException("connection cut");
        var entry = _reader.Add(Message("m1"));
        await Assert.ThrowsAsync<InvalidOperationException>(DrainAsync);
        _reader.Redeliver(entry, Message("m1"));

        await DrainAsync();

        Assert.Equal([entry], _reader.Acked);
        Assert.Equal(["m1"], await _installation!.VisibleAsync());
    }

    [Fact]
    public async Task A_failing_message_is_tried_again_after_a_pause_and_others_pass_it()
    {
        var tries = 0;
        _onAccept = message =>
        {
            if (message.Id == "bad" && ++tries > 0)
            {
                throw new InvalidOperationException("bad");
            }
        };
        _reader.Add(Message("bad"));
        var good = _reader.Add(Message("good"));
        await DrainAsync();
        Assert.Equal([good], _reader.Acked);
        var first = tries;

        await DrainAsync();
        Assert.Equal(first, tries);
        _clock.Advance(TimeSpan.FromSeconds(11));
        await DrainAsync();
        Assert.Equal(first + 1, tries);
        _clock.Advance(TimeSpan.FromSeconds(11));
        await DrainAsync();

        Assert.Equal(2, _reader.Acked.Count);
        var letter = Assert.Single(await Database.ReadAsync(reader => DeadLetters.List(reader, 0, 10), Cancelled));
        Assert.Equal(("bad", 3), (letter.Id, letter.Attempts));
        Assert.Equal(["good"], await _installation!.VisibleAsync());
        Assert.Equal(0, _worker!.InHandCount);
    }

    [Fact]
    public async Task A_poisoned_message_is_buried_also_while_somebody_works_its_key()
    {
        _onAccept = _ => throw new InvalidOperationException("bad");
        var nowMs = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        var lease = await Database.WriteAsync(tx => KeyLeases.TryTake(tx, "k", "busy", nowMs, TimeSpan.FromMinutes(5)), Cancelled);
        _reader.Add(Message("bad"));
        for (var pass = 0; pass < 5; pass++)
        {
            await DrainAsync();
            _clock.Advance(TimeSpan.FromSeconds(11));
        }

        Assert.Single(_reader.Acked);
        Assert.Single(await Database.ReadAsync(reader => DeadLetters.List(reader, 0, 10), Cancelled));
        await Database.WriteAsync(tx => KeyLeases.Verify(tx, lease!), Cancelled);
    }

    [Fact]
    public async Task A_second_entry_of_a_message_in_hand_is_acked_without_a_receipt()
    {
        _keyCapacity = 1;
        NewWorker();
        _reader.Add(Message("m1"));
        _reader.Add(Message("m2"));
        await DrainAsync();
        var swept = _reader.Add(Message("m2"));

        await DrainAsync();

        Assert.Contains(swept, _reader.Acked);
        Assert.Equal(["m1"], Receipted());
        Assert.Equal(1, _worker!.InHandCount);
    }

    [Fact]
    public async Task Beyond_the_hands_bound_entries_go_back_to_waiting_in_their_senders_outbox()
    {
        _keyCapacity = 1;
        NewWorker();
        for (var n = 0; n < 6; n++)
        {
            _reader.Add(Message($"m{n}"));
        }

        await DrainAsync();

        Assert.Equal(["m0"], Receipted());
        Assert.Equal(2, _worker!.InHandCount);
        Assert.Equal(4, _reader.Acked.Count);
    }

    private Task<bool> DrainAsync() => _worker!.DrainOnceAsync(Cancelled);

    private IEnumerable<string> Receipted() => _receipts.Written.SelectMany(Receipts.Read);

    private static StreamMessage Message(string id) => Installation.Message(id, id == "good" ? "other" : "k");

    private void NewWorker()
    {
        _worker?.Dispose();
        var telemetry = _installation!.Processes[0].Services.GetRequiredService<MessagingTelemetry>();
        var intake = new StreamIntake(WorkStreams.Turns, Installation.Receiver, _keyCapacity, Accept, _ => { });
        var acceptor = new IntakeAcceptor(intake, Database, _options, telemetry, _clock, NullLogger<IntakeAcceptor>.Instance);
        _worker = new StreamWorker(_reader, acceptor, _receipts, _options, telemetry, _clock, NullLogger<StreamWorker>.Instance);
    }

    private void Accept(DatabaseTransaction transaction, StreamMessage message)
    {
        _onAccept?.Invoke(message);
        transaction.Execute("INSERT INTO visible (id) VALUES (@id)", ("@id", message.Id));
    }
}

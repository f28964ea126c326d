using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xopc.Contracts.Messages;
using Xopc.Messaging.Tests.Support;
using Xopc.Storage;
using Xopc.Storage.Migrations;
using Xopc.Testing.Canaries;

namespace Xopc.Messaging.Tests.Delivery;

/// <summary>
/// A sending service and a receiving one with their databases, as one process or as one plus several over Redis. Sending is a row in the outbox; a worked
/// message is a row in <c>worked</c>, written with the inbox row's completion.
/// </summary>
internal sealed class Installation : IAsyncDisposable
{
    public const string Sender = "channels";
    public const string Receiver = "agents";

    private static readonly MigrationSeries SenderSchema = new("test-sender", [new Migration(1, "nothing of its own", "CREATE TABLE sent (id TEXT PRIMARY KEY)")]);

    private static readonly MigrationSeries ReceiverSchema = new("test-receiver",
    [
        new Migration(1, "what became visible, and what was worked", """
            CREATE TABLE visible (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
            CREATE TABLE worked (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, message_key TEXT NOT NULL)
            """),
    ]);

    private readonly string? _redis;
    private readonly string _directory = Directory.CreateTempSubdirectory("xopc-messaging-").FullName;
    private readonly List<TestProcess> _processes = [];
    private readonly Dictionary<string, string?> _settings = [];
    private readonly MeterListener _meters = new();
    private readonly Ring _confirmed = new();

    public Installation(string? redis)
    {
        _redis = redis;
        _settings["Messaging:PollEvery"] = "00:00:00.100";
        _settings["Messaging:RetryAfter"] = "00:00:00.050";
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "xopc.messaging.confirmed")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<long>((_, _, _, _) => _confirmed.Set());
        _meters.Start();
    }

    public string Prefix { get; } = TestProcess.NewPrefix();

    /// <summary>Ids in the order they were worked.</summary>
    public Collector<string> Worked { get; } = new();

    /// <summary>Ids in the order they were accepted.</summary>
    public Collector<string> Accepted { get; } = new();

    /// <summary>Called inside the accepting transaction.</summary>
    public Action<StreamMessage>? OnAccept { get; set; }

    /// <summary>Called after the commit, before the sender hears of it.</summary>
    public Action? OnAccepted { get; set; }

    public int KeyCapacity { get; set; } = 1_000;

    public bool Works { get; set; } = true;

    public IReadOnlyList<TestProcess> Processes => _processes;

    public Database SenderDatabase => _processes[0].Services.GetRequiredKeyedService<Database>(Sender);

    public Database ReceiverDatabase => _processes[^1].Services.GetRequiredKeyedService<Database>(Receiver);

    public string this[string setting]
    {
        set => _settings[$"Messaging:{setting}"] = value;
    }

    /// <summary>Starts a sender and so many consumers of the receiving role. In process: all in one.</summary>
    public async Task StartAsync(int receivers)
    {
        if (_redis is null)
        {
            await StartProcessAsync(builder =>
            {
                AddSender(builder);
                if (receivers > 0)
                {
                    AddReceiver(builder, workers: receivers);
                }
            });
            return;
        }

        await StartProcessAsync(AddSender);
        await StartReceiversAsync(receivers);
    }

    /// <summary>Further processes of the receiving role; over Redis only.</summary>
    public async Task StartReceiversAsync(int receivers)
    {
        for (var n = 0; n < receivers; n++)
        {
            await StartProcessAsync(builder => AddReceiver(builder, workers: 1));
        }
    }

    /// <summary>A second process of the sending role, on the same database.</summary>
    public Task<TestProcess> StartSenderAsync() => StartProcessAsync(AddSender);

    public async Task StopAsync()
    {
        // Senders stop first here: whoever receives can still take what is under way.
        foreach (var process in _processes.ToList())
        {
            await StopAsync(process);
        }
    }

    public async Task StopAsync(TestProcess process)
    {
        _processes.Remove(process);
        await process.DisposeAsync();
    }

    public static StreamMessage Message(string id, string key, string? traceParent = null) =>
        new(id, WorkStreams.Turns, key, Encoding.UTF8.GetBytes($"body of {id}"), Sender, "operator", traceParent);

    public Task SendAsync(params IReadOnlyList<StreamMessage> messages) => SendAsync(_processes[0], messages);

    public static async Task SendAsync(TestProcess process, IReadOnlyList<StreamMessage> messages)
    {
        await process.Services.GetRequiredKeyedService<Database>(Sender).WriteAsync(
            tx =>
            {
                foreach (var message in messages)
                {
                    Outbox.Add(tx, message, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
                }
            },
            TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until every message that was sent is confirmed.</summary>
    public async Task ConfirmedAsync()
    {
        using var limit = new CancellationTokenSource(Within.Limit);
        while (await OutboxCountAsync() is var left and > 0)
        {
            Assert.False(limit.IsCancellationRequested, $"{left} messages stay unconfirmed.");
            await _confirmed.WaitAsync(TimeSpan.FromSeconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    public async Task<long> OutboxCountAsync() =>
        (long)(await SenderDatabase.ReadAsync(reader => reader.Scalar("SELECT COUNT(*) FROM outbox"), TestContext.Current.CancellationToken))!;

    public async Task<List<(string Id, string Key)>> WorkedRowsAsync() =>
        await ReceiverDatabase.ReadAsync(
            reader => reader.Query("SELECT id, message_key FROM worked ORDER BY place", row => (row.GetString(0), row.GetString(1))),
            TestContext.Current.CancellationToken);

    public async Task<List<string>> VisibleAsync() =>
        await ReceiverDatabase.ReadAsync(reader => reader.Query("SELECT id FROM visible ORDER BY place", row => row.GetString(0)), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _meters.Dispose();
        Leftovers.Delete(_directory);
    }

    private async Task<TestProcess> StartProcessAsync(Action<HostApplicationBuilder> configure)
    {
        var process = await TestProcess.StartAsync(_redis, Prefix, configure, _settings);
        _processes.Add(process);
        return process;
    }

    private void AddSender(HostApplicationBuilder builder) => builder.AddXopcDatabase(Sender, _directory, SenderSchema).AddOutboxRelay(Sender);

    private void AddReceiver(HostApplicationBuilder builder, int workers)
    {
        var rings = Enumerable.Range(0, workers).Select(_ => new Ring()).ToList();
        builder.AddXopcDatabase(Receiver, _directory, ReceiverSchema);
        builder.AddStreamIntake(_ => new StreamIntake(WorkStreams.Turns, Receiver, KeyCapacity, Accept, _ =>
        {
            OnAccepted?.Invoke();
            rings.ForEach(ring => ring.Set());
        }));
        foreach (var ring in Works ? rings : [])
        {
            builder.Services.AddSingleton<IHostedService>(provider => new KeyWorker(
                provider.GetRequiredKeyedService<Database>(Receiver), ring, Worked, provider.GetRequiredService<ILogger<KeyWorker>>()));
        }
    }

    private void Accept(DatabaseTransaction transaction, StreamMessage message)
    {
        OnAccept?.Invoke(message);
        transaction.Execute("INSERT INTO visible (id) VALUES (@id)", ("@id", message.Id));
        transaction.OnCommitted(() => Accepted.Add(message.Id));
    }
}

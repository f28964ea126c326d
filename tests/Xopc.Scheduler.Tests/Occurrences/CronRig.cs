using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Scheduler.Jobs;
using Xopc.Scheduler.Occurrences;
using Xopc.Storage;
using Xopc.Testing.Storage;

namespace Xopc.Scheduler.Tests.Occurrences;

/// <summary>Schedulers over a real database, with a clock of its own; agents and channels are the test, which reads what was asked of them and reports.</summary>
internal sealed class CronRig : IAsyncDisposable
{
    public const string Telegram = """{"channels":{"telegram":{"accounts":{"default":{"botToken":"1:a"},"two":{"botToken":"2:b"}}}}}""";

    private readonly TempDirectory _home = new();
    private readonly TestDatabase _database;
    private readonly ConfigStore _configuration;
    private long _reports;

    public CronRig(string config = "{}")
    {
        File.WriteAllText(_home.File("xopc.json"), config);
        Clock.SetUtcNow(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
        _configuration = new ConfigStore(
            new ConfigFile(_home.File("xopc.json"), static _ => null, Clock), new ConfigFile(_home.File("xopc.json"), static _ => null, Clock).Load(), NullLogger<ConfigStore>.Instance);
        _database = TestDatabase.OpenAt(_home.File("scheduler.db"), Clock, SchedulerSchema.Series);
        One = Start();
    }

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public FakeTimeProvider Clock { get; } = new();

    public Database Database => _database.Database;

    public SchedulerProcess One { get; private set; }

    public long NowMs => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Another process on the same database.</summary>
    public SchedulerProcess Start(Database? database = null) => new(database ?? Database, _configuration, Clock);

    public async Task ReloadAsync(string config)
    {
        await File.WriteAllTextAsync(_home.File("xopc.json"), config, Cancelled);
        Assert.Equal(ConfigReloadOutcome.Reloaded, (await _configuration.ReloadAsync(Cancelled)).Outcome);
    }

    /// <summary>A job from the JSON that a client sends.</summary>
    public async Task<Job> AddAsync(string json)
    {
        using var document = JsonDocument.Parse(json);
        var reading = JobReader.ReadNew(document.RootElement, _configuration.Current.Cron.DefaultTimezone, Clock.GetUtcNow());
        Assert.Empty(reading.Faults);
        Assert.Equal(JobChangeOutcome.Done, (await One.Jobs.CreateAsync(reading.Job!, "operator", Cancelled)).Outcome);
        return reading.Job!;
    }

    public Task SweepAsync() => One.Worker.SweepAsync(Cancelled);

    public Task SweepAfterAsync(TimeSpan time)
    {
        Clock.Advance(time);
        return SweepAsync();
    }

    /// <summary>The process dies and another one begins, after a while.</summary>
    public Task RestartAfterAsync(TimeSpan time)
    {
        One.Dispose();
        Clock.Advance(time);
        One = Start();
        return SweepAsync();
    }

    /// <summary>The ledger of a job, oldest first.</summary>
    public async Task<List<Occurrence>> RowsAsync(string? job = null)
    {
        List<Occurrence> rows = [];
        for (long? before = null; ;)
        {
            var page = await One.Ledger.ListAsync(job, before, 500, Cancelled);
            rows.AddRange(page.Occurrences);
            if (page.Before is null)
            {
                rows.Reverse();
                return rows;
            }

            before = page.Before;
        }
    }

    /// <summary>Takes what lies in the outbox, as its receivers do.</summary>
    public async Task<List<StreamMessage>> TakeAsync(string? stream = null)
    {
        var rows = await Database.ReadAsync(
            reader => stream is null ? Outbox.Unpublished(reader, 5_000) : Outbox.Unpublished(reader, stream, 5_000), Cancelled);
        await Database.WriteAsync(tx => Outbox.Confirm(tx, [.. rows.Select(row => row.Message.Id)]), Cancelled);
        return rows.ConvertAll(row => row.Message);
    }

    public async Task<List<(string Id, TurnRequested Request)>> TurnsAsync() =>
        [.. (await TakeAsync(WorkStreams.Turns)).Select(message => (message.Id, JsonSerializer.Deserialize(message.Body.Span, ContractsJson.Default.TurnRequested)!))];

    public async Task<List<(string Id, DeliveryRequested Request)>> DeliveriesAsync() =>
        [.. (await TakeAsync(WorkStreams.Deliveries)).Select(message => (message.Id, JsonSerializer.Deserialize(message.Body.Span, ContractsJson.Default.DeliveryRequested)!))];

    public async Task ReportAsync(OccurrenceReported report)
    {
        var message = new StreamMessage(
            $"occurrence:{++_reports}", WorkStreams.Occurrences, OccurrenceReported.KeyOf(report.OccurrenceId),
            JsonSerializer.SerializeToUtf8Bytes(report, ContractsJson.Default.OccurrenceReported), "agents", "operator");
        await Database.WriteAsync(
            tx =>
            {
                Assert.Equal(AcceptOutcome.Accepted, Inbox.Accept(tx, message, 1_000, NowMs));
                One.Reports.Intake.Accept(tx, message);
            },
            Cancelled);
    }

    /// <summary>The one turn that was asked for ends so.</summary>
    public async Task<string> EndTurnAsync(string outcome, string? reason = null, string? delivery = null)
    {
        var (id, request) = Assert.Single(await TurnsAsync());
        await ReportAsync(new OccurrenceReported(
            request.OccurrenceId!, outcome, reason, "done", id, NowMs, "fake/model", 7, DeliveryId: delivery, DeliveryState: delivery is null ? null : "queued"));
        return id;
    }

    public async ValueTask DisposeAsync()
    {
        One.Dispose();
        await _database.DisposeAsync();
        _home.Dispose();
    }
}

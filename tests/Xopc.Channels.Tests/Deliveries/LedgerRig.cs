using Microsoft.Extensions.Logging.Abstractions;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Previews;
using Xopc.Channels.Tests.Fakes;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Storage;
using Xopc.Testing.Storage;

namespace Xopc.Channels.Tests.Deliveries;

/// <summary>The ledger over a real database, with a clock of its own and a platform without a network. A second worker can stand beside the first.</summary>
internal sealed class LedgerRig : IAsyncDisposable
{
    private readonly TestDatabase _database;

    public LedgerRig()
    {
        _database = TestDatabase.Open("channels", Clock, ChannelsSchema.Series);
        Account = new FakeAccount(new FakeSettings("default"));
        Accounts = new FakeAccounts(Account, Other);
        Worker = Add();
    }

    public ArmedClock Clock { get; } = new(new DateTimeOffset(2026, 12, 1, 12, 0, 0, TimeSpan.Zero));

    public Database Database => _database.Database;

    public FakeAccount Account { get; }

    /// <summary>A second account of the channel.</summary>
    public FakeAccount Other { get; } = new(new FakeSettings("other"));

    public FakeAccounts Accounts { get; }

    public FakeEvents Events { get; } = new();

    /// <summary>The one that <see cref="RunAsync"/> runs.</summary>
    public LedgerWorker Worker { get; set; }

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public long NowMs => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Another process on the same database.</summary>
    public LedgerWorker Add()
    {
        var rates = new SendRates(Clock);
        var owner = new LeaseOwner(Database, Clock);
        var sending = new DeliverySending(Database, Accounts, [Accounts], rates, new DeliveryNews(Events), Clock, NullLogger<DeliverySending>.Instance);
        var lanes = new DeliveryLanes(Database, owner, sending, Clock, NullLogger<DeliveryLanes>.Instance);
        return new LedgerWorker(owner, lanes, new DeliveryHost(Database, lanes, sending, new MessagingOptions(), Clock, NullLogger<DeliveryHost>.Instance))
        {
            Showing = new PreviewShowing(Database, owner, Accounts, [Accounts], rates, lanes, Clock, NullLogger<PreviewShowing>.Instance),
        };
    }

    public async Task<string> AddAsync(string peer, string text, TimeSpan? notAfter = null, string? id = null, string account = "default", string? occurrence = null)
    {
        var name = id ?? $"{peer}:{text}";
        var target = new DeliveryTarget("fake", account, peer[0] == '-' ? "group" : "dm", peer);
        var delivery = new NewDelivery(name, target, text, "operator", NowMs + (long)(notAfter ?? TimeSpan.FromHours(24)).TotalMilliseconds) { OccurrenceId = occurrence };
        await Database.WriteAsync(tx => { DeliveryLedger.Add(tx, delivery, NowMs); }, Cancelled);
        return name;
    }

    /// <summary>Runs the worker until nothing is due any more.</summary>
    public Task RunAsync() => Worker.RunAsync();

    /// <summary>Lets time pass and runs again.</summary>
    public Task RunAfterAsync(TimeSpan time)
    {
        Clock.Advance(time);
        return RunAsync();
    }

    public Task<Delivery> FindAsync(string id) =>
        Database.ReadAsync(reader => DeliveryLedger.Find(reader, id) ?? throw new InvalidOperationException($"There is no delivery {id}."), Cancelled).AsTask();

    public async Task<string> StateAsync(string id) => (await FindAsync(id)).State;

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();
}

internal sealed record LedgerWorker(LeaseOwner Owner, DeliveryLanes Lanes, DeliveryHost Host)
{
    public required PreviewShowing Showing { get; init; }

    public async Task RunAsync()
    {
        int before;
        do
        {
            before = Lanes.Begun;
            await Host.DrainOnceAsync(LedgerRig.Cancelled);
            await Lanes.WhenIdleAsync();
        }
        while (Lanes.Begun != before);
    }
}

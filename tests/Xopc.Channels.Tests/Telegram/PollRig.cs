using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xopc.Channels.Accounts;
using Xopc.Channels.Intake;
using Xopc.Channels.Telegram;
using Xopc.Channels.Telegram.Webhooks;
using Xopc.Channels.Tests.Fakes;
using Xopc.Channels.Tests.Telegram.BotApi;
using Xopc.Configuration;
using Xopc.ServiceDefaults.Redaction;
using Xopc.Storage;
using Xopc.Testing.Storage;
using Xopc.Testing.Telegram;

namespace Xopc.Channels.Tests.Telegram;

/// <summary>Workers that receive for one bot, with the real actor, intake and database; the Bot API server and they have one clock, which the test moves.</summary>
internal sealed class PollRig : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly List<AccountActor> _actors = [];
    private readonly List<LeaseOwner> _owners = [];
    private readonly TestDatabase _database;
    private DateTimeOffset _renewed;

    private PollRig(BotApiFixture api)
    {
        Api = api;
        _database = TestDatabase.Open("channels", api.Clock, ChannelsSchema.Series);
    }

    public BotApiFixture Api { get; }

    public FakeBot Bot => Api.Bot;

    public FakeTimeProvider Clock => Api.Clock;

    public Database Database => _database.Database;

    /// <summary>Of the worker that was started last.</summary>
    public TelegramAccountSettings Settings { get; private set; } = null!;

    public SecretRegistry Secrets { get; } = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<PollRig> StartAsync() => new(await BotApiFixture.StartAsync());

    /// <summary>A worker of the role: it begins to receive.</summary>
    public AccountActor Start(int pollTimeout = 25, TelegramWebhookConfig? webhook = null, FakeBot? bot = null)
    {
        var owner = new LeaseOwner(Database, Clock);
        _owners.Add(owner);
        var lanes = new IntakeLanes(Database, owner, null!, Clock, NullLogger<IntakeLanes>.Instance); // nothing is worked on here
        var intake = new MessageIntake(Database, new FakeAccounts(), lanes, Clock);
        var config = new TelegramAccountConfig
        {
            AccountId = "default", Name = "default", Enabled = true, BotToken = (bot ?? Bot).Token, ApiRoot = Api.Server.Address.ToString().TrimEnd('/'), PollTimeoutSeconds = pollTimeout,
            Webhook = webhook,
        };
        Settings = new TelegramAccountSettings("default", $"telegram:{(bot ?? Bot).Id}", config, (bot ?? Bot).Token);
        var notes = new AccountNotes(Database, Clock);
        var account = new TelegramAccount(Settings, () => intake, notes, new WebhookNotes(notes, Clock), Secrets, Clock, NullLogger<TelegramAccount>.Instance);
        var actor = new AccountActor(account, Database, owner, notes, static _ => { }, Clock, NullLogger.Instance);
        _actors.Add(actor);
        actor.Start();
        return actor;
    }

    /// <summary>Lets a healthy poll run to its end, and the next begin.</summary>
    public async Task PollOnceAsync(TimeSpan pollTimeout)
    {
        await Bot.WaitForPollAsync(PollState.Waiting, Cancelled);
        var before = Bot.CallCount("getUpdates");
        Clock.Advance(pollTimeout);
        await Bot.WaitForCallsAsync("getUpdates", before + 1, Cancelled);
        await Bot.WaitForPollAsync(PollState.Waiting, Cancelled);
    }

    /// <summary>Moves the clock on in small steps until something has come to be: whoever waits may arm its timer at any moment.</summary>
    /// <param name="step">Zero: the clock stands still.</param>
    public async Task PassUntilAsync(Func<bool> predicate, string what, TimeSpan? step = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        limit.CancelAfter(Limit);
        while (!predicate())
        {
            Clock.Advance(step ?? TimeSpan.FromSeconds(0.5));
            try
            {
                await RenewAsync(limit.Token);

                // Each step takes as long as a question to the server: however busy the machine is, who asks it has the time that the clock says.
                using var answer = await Api.Http.GetAsync(new Uri(Api.Server.Address, "/"), limit.Token);
            }
            catch (OperationCanceledException) when (!Cancelled.IsCancellationRequested)
            {
                throw new TimeoutException($"Within {Limit.TotalSeconds:0} s {what} did not come to be; {string.Join(", ", _actors.Select(actor => actor.State))}; {string.Join(", ", Bot.Calls.TakeLast(3))}");
            }
        }
    }

    // As a process does beside its work.
    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        if (Clock.GetUtcNow() - _renewed >= LeaseOwner.RenewEvery)
        {
            _renewed = Clock.GetUtcNow();
            foreach (var owner in _owners)
            {
                await owner.RenewAsync(cancellationToken);
            }
        }
    }

    /// <summary>When each call of a method arrived.</summary>
    public IReadOnlyList<DateTimeOffset> CallsOf(string method) => [.. Bot.Calls.Where(call => call.Method == method).Select(call => call.At)];

    /// <summary>The words that were taken in, in their order.</summary>
    public async Task<IReadOnlyList<string>> TakenAsync() => await Database.ReadAsync(
        reader => reader.Query("SELECT body FROM intake ORDER BY seq", static row => System.Text.Json.JsonDocument.Parse(row.GetString(0)).RootElement.GetProperty("text").GetString()!), Cancelled);

    public async ValueTask DisposeAsync()
    {
        foreach (var actor in _actors)
        {
            await actor.DisposeAsync();
            await actor.Account.DisposeAsync();
        }

        await _database.DisposeAsync();
        await Api.DisposeAsync();
    }
}

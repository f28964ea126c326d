using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Intake;
using Xopc.Channels.Tests.Fakes;
using Xopc.Configuration;
using Xopc.Storage;
using Xopc.Testing.Storage;

namespace Xopc.Channels.Tests.Intake;

public sealed class IntakeStepTests : IAsyncDisposable
{
    private const string Key = "fake:default:7";

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 12, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly TempDirectory _directory = new();
    private readonly TestDatabase _database;
    private readonly FakeAccounts _accounts;
    private readonly TurnPace _pace;
    private readonly IntakeStep _step;

    public IntakeStepTests()
    {
        _database = TestDatabase.Open("channels", _clock, ChannelsSchema.Series);
        _accounts = new FakeAccounts(new FakeAccount(new FakeSettings("default") { Access = new AccessRules { DmPolicy = "open" } }));
        var paths = new StatePaths(_directory.Path, _directory.File("xopc.json"));
        Directory.CreateDirectory(paths.BlobsDirectory);
        var media = new MediaFetching(_database.Database, new BlobStore(paths), NullLogger<MediaFetching>.Instance);
        _accounts.Rates = ChannelRates.Unlimited with { Account = new Rate(TimeSpan.FromSeconds(1), 1) };
        _pace = new TurnPace([_accounts], _clock);
        var dispatch = new TurnDispatch(_database.Database, null!, null!, _pace, _clock); // no case here comes to its end
        _step = new IntakeStep(_database.Database, _accounts, media, null!, dispatch, _clock, NullLogger<IntakeStep>.Instance);
    }

    private long NowMs => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stop_in_the_middle_of_a_file_is_no_failure_of_the_message()
    {
        await AddAsync();
        for (var i = 0; i < 2 * IntakeStep.MaxAttempts; i++)
        {
            await StepAsync(new CancellationToken(canceled: true));
        }

        Assert.Equal("received 0", await RowAsync());
    }

    [Fact]
    public async Task Waiting_for_an_account_that_is_switched_off_uses_up_no_attempts()
    {
        await AddAsync();
        _accounts.SwitchedOff = "The account is switched off.";
        for (var i = 0; i < 2 * IntakeStep.MaxAttempts; i++)
        {
            await StepAsync(Cancelled);
        }

        Assert.Equal("received 0", await RowAsync());
    }

    [Fact]
    public async Task A_message_of_an_account_that_is_flooded_waits_for_its_turn_and_uses_up_no_attempts()
    {
        for (var i = 0; i < 500; i++)
        {
            _pace.WaitFor(Message($"earlier:{i}"));
        }

        await AddAsync(Message("fake:default:1"));
        await StepAsync(Cancelled);

        Assert.Equal("received 0", await RowAsync());
        Assert.Equal("account-busy", await _database.Database.ReadAsync(reader => reader.Scalar("SELECT reason FROM intake"), Cancelled));
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _directory.Dispose();
    }

    private static InboundMessage Message(string id) => new(id, "fake", "default", "dm", "7", "7", "1", "look");

    private Task<bool> AddAsync() => AddAsync(Message("fake:default:1") with { Media = [new InboundMedia("photo", "f", null, null, 1)] });

    private Task<bool> AddAsync(InboundMessage message) =>
        _database.Database.WriteAsync(tx => IntakeTable.Add(tx, message, TimeSpan.Zero, null, NowMs), Cancelled);

    private async Task StepAsync(CancellationToken stopping)
    {
        _clock.Advance(TimeSpan.FromMinutes(6));
        var (lease, group) = await _database.Database.WriteAsync(
            tx =>
            {
                var taken = KeyLeases.TryTake(tx, IntakeTable.LeaseKey(Key), "test", NowMs, LeaseOwner.Duration)!;
                return (taken, IntakeTable.NextOrRelease(tx, taken, Key, NowMs)!);
            },
            Cancelled);
        Assert.False(await _step.AdvanceAsync(lease, group, stopping));
    }

    private async Task<string?> RowAsync() => await _database.Database.ReadAsync(
        reader => reader.QueryFirst("SELECT state, attempt FROM intake", static row => $"{row.GetString(0)} {row.GetInt64(1)}"), Cancelled);
}

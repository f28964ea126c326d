using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
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
    private readonly IntakeStep _step;

    public IntakeStepTests()
    {
        _database = TestDatabase.Open("channels", _clock, ChannelsSchema.Series);
        _accounts = new FakeAccounts(new FakeAccount(new FakeSettings("default") { Access = new AccessRules { DmPolicy = "open" } }));
        var paths = new StatePaths(_directory.Path, _directory.File("xopc.json"));
        Directory.CreateDirectory(paths.BlobsDirectory);
        var media = new MediaFetching(_database.Database, new BlobStore(paths), NullLogger<MediaFetching>.Instance);
        _step = new IntakeStep(_database.Database, _accounts, media, null!, null!, _clock, NullLogger<IntakeStep>.Instance); // no case here comes to its end
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

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _directory.Dispose();
    }

    private Task<bool> AddAsync()
    {
        var message = new InboundMessage("fake:default:1", "fake", "default", "dm", "7", "7", "1", "look") { Media = [new InboundMedia("photo", "f", null, null, 1)] };
        return _database.Database.WriteAsync(tx => IntakeTable.Add(tx, message, TimeSpan.Zero, null, NowMs), Cancelled);
    }

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

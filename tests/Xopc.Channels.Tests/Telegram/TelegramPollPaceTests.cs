using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Xopc.Channels.Accounts;
using Xopc.Channels.Telegram;
using Xopc.Configuration;
using Xopc.Storage;
using Xopc.Testing.Storage;
using Xopc.Testing.Telegram;

namespace Xopc.Channels.Tests.Telegram;

public sealed class TelegramPollPaceTests
{
    private const string Token = "4242:secret";

    [Fact]
    public async Task Polls_that_something_answers_at_once_with_nothing_follow_each_other_slowly()
    {
        await using var server = await TelegramServer.StartAsync();
        var bot = server.AddBot(Token, "xopc_bot");
        bot.When("getUpdates").BareStatus(200, """{"ok":true,"result":[]}""");
        await using var database = TestDatabase.Open("channels", TimeProvider.System, ChannelsSchema.Series);
        var config = new TelegramAccountConfig { AccountId = "default", Name = "default", Enabled = true, BotToken = Token, ApiRoot = server.Address.ToString().TrimEnd('/') };
        var clock = new StandingClock();
        var poll = new TelegramPoll(
            new TelegramAccountSettings("default", "telegram:test", config, Token), null!, new AccountNotes(database.Database, TimeProvider.System), clock, NullLogger.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var running = poll.RunAsync(new KeyLease("telegram:test", "test", 1, long.MaxValue), new Silent(), stop.Token);
        for (var polls = 1; polls <= 3; polls++)
        {
            var pause = await clock.Pauses.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
            Assert.Equal(polls, bot.CallCount("getUpdates"));
            pause();
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    /// <summary>By it every answer comes at once, and a pause lasts until the test ends it.</summary>
    private sealed class StandingClock : TimeProvider
    {
        private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

        public Channel<Action> Pauses { get; } = Channel.CreateUnbounded<Action>();

        public override long GetTimestamp() => 0;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != Pause)
            {
                return base.CreateTimer(callback, state, dueTime, period);
            }

            Pauses.Writer.TryWrite(() => callback(state));
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
        }
    }

    private sealed class Silent : IAccountReport
    {
        public void Alive()
        {
        }

        public void Identified(AccountIdentity identity)
        {
        }

        public void Degraded(string reason)
        {
        }

        public void Conflict(string reason)
        {
        }
    }
}

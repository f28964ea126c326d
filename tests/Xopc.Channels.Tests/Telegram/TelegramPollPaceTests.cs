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
        var poll = new TelegramPoll(
            new TelegramAccountSettings("default", "telegram:test", config, Token), null!, new AccountNotes(database.Database, TimeProvider.System), TimeProvider.System, NullLogger.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var running = poll.RunAsync(new KeyLease("telegram:test", "test", 1, long.MaxValue), new Silent(), stop.Token);
        await bot.WaitForCallsAsync("getUpdates", 3, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        // The pause is the least that lies between them, however slow the machine is.
        var polls = bot.Calls.Where(call => call.Method == "getUpdates").Select(call => call.At).ToList();
        Assert.All(polls.Zip(polls.Skip(1)), pair => Assert.True(pair.Second - pair.First > TimeSpan.FromMilliseconds(400), $"{pair.Second - pair.First}"));
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

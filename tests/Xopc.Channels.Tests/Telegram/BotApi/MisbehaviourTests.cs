using Telegram.Bot;
using Telegram.Bot.Exceptions;
using Telegram.Bot.Types;
using Xopc.Testing.Telegram;

namespace Xopc.Channels.Tests.Telegram.BotApi;

public sealed class MisbehaviourTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Refusals_last_their_number_of_calls_in_their_chat()
    {
        await using var api = await BotApiFixture.StartAsync();
        var ben = api.Server.AddPerson("Ben").ChatWith(api.Bot);
        var fault = api.Bot.When("sendMessage").In(api.Chat).Times(1).TooManyRequests(3);

        await SendAsync(api, ben.Id);
        var refused = await Assert.ThrowsAsync<ApiRequestException>(() => SendAsync(api));
        await SendAsync(api);

        Assert.Equal((429, 3), (refused.ErrorCode, refused.Parameters!.RetryAfter!.Value));
        Assert.Equal("Too Many Requests: retry after 3", refused.Message);
        Assert.Equal(1, fault.Hits);
        Assert.Single(api.Chat.Messages);
        Assert.Equal((1, 2), (api.Bot.AnswerCount(429), api.Bot.AnswerCount(200)));
    }

    [Fact]
    public async Task A_reset_after_accepting_delivers_and_one_before_does_not()
    {
        await using var api = await BotApiFixture.StartAsync();
        api.Bot.When("sendMessage").Times(1).ResetsBeforeAccepting();
        await Assert.ThrowsAsync<RequestException>(() => SendAsync(api));
        Assert.Empty(api.Chat.Messages);

        api.Bot.When("sendMessage").Times(1).ResetsAfterAccepting();
        await Assert.ThrowsAsync<RequestException>(() => SendAsync(api));
        Assert.Single(api.Chat.Messages);
        Assert.Equal(0, api.Bot.AnswerCount(200));
    }

    [Fact]
    public async Task An_answer_that_is_cut_or_truncated_is_an_error_after_the_act()
    {
        await using var api = await BotApiFixture.StartAsync();
        api.Bot.When("sendMessage").Times(1).CutsTheAnswer();
        await Assert.ThrowsAsync<RequestException>(() => SendAsync(api));
        api.Bot.When("sendMessage").Times(1).TruncatesTheAnswer();
        await Assert.ThrowsAsync<RequestException>(() => SendAsync(api));

        Assert.Equal(2, api.Chat.Messages.Count);
    }

    [Fact]
    public async Task A_mute_server_answers_when_it_is_lifted()
    {
        await using var api = await BotApiFixture.StartAsync();
        using var before = api.Bot.When("sendMessage").Times(1).Mute();
        var first = SendAsync(api);
        await before.HappenedAsync(1, Cancel);
        Assert.Empty(api.Chat.Messages);
        before.Lift();
        await first;

        using var after = api.Bot.When("sendMessage").Times(1).MuteAfterAccepting();
        var second = SendAsync(api);
        await api.Chat.WaitForBookAsync(book => book.Count == 2, "a second message", Cancel);
        Assert.False(second.IsCompleted);
        after.Lift();
        await second;
    }

    [Fact]
    public async Task Statuses_come_with_and_without_the_apis_shape()
    {
        await using var api = await BotApiFixture.StartAsync();
        api.Bot.When("getMe").Times(1).ServerError();
        Assert.Equal(500, (await Assert.ThrowsAsync<ApiRequestException>(() => api.Client.GetMe(Cancel))).ErrorCode);
        api.Bot.When("*").Times(1).BareStatus(502, "<html>");
        await Assert.ThrowsAsync<RequestException>(() => api.Client.GetMe(Cancel));
        api.Bot.When("getMe").Times(1).BareStatus(503);
        using var bare = await api.Http.GetAsync(new Uri("getMe", UriKind.Relative), Cancel);
        Assert.Equal((503, 0L), ((int)bare.StatusCode, bare.Content.Headers.ContentLength!.Value));
        api.Bot.When("getUpdates").Times(1).Conflict();
        Assert.Equal(409, (await Assert.ThrowsAsync<ApiRequestException>(() => api.Client.GetUpdates(cancellationToken: Cancel))).ErrorCode);
        api.Bot.When("sendMessage").Times(1).CannotParseEntities();
        Assert.Contains("can't parse entities", (await Assert.ThrowsAsync<ApiRequestException>(() => SendAsync(api))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_download_stalls_in_the_middle_and_goes_on_when_lifted()
    {
        await using var api = await BotApiFixture.StartAsync();
        var file = await api.Client.GetFile(api.Anna.In(api.Bot).SendsDocument("a.txt", "0123456789"u8.ToArray()).Media!.FileId, Cancel);
        var url = new Uri(api.Server.Address, $"/file/bot{api.Bot.Token}/{file.FilePath}");
        using var stall = api.Bot.When("file").Times(1).StallsInTheAnswer();
        var slow = api.Http.GetStringAsync(url, Cancel);
        await stall.HappenedAsync(1, Cancel);
        Assert.False(slow.IsCompleted);
        stall.Lift();
        Assert.Equal("0123456789", await slow);

        api.Bot.When("file").Times(1).TruncatesTheAnswer();
        Assert.Equal("01234", await api.Http.GetStringAsync(url, Cancel));
    }

    [Fact]
    public async Task The_documented_limits_are_enforced_by_the_servers_clock()
    {
        await using var api = await BotApiFixture.StartAsync();
        api.Server.Limits = RateLimits.Documented;
        await SendAsync(api);
        var tooSoon = await Assert.ThrowsAsync<ApiRequestException>(() => SendAsync(api));
        api.Clock.Advance(TimeSpan.FromSeconds(1));
        await SendAsync(api);

        var group = api.Server.AddGroup("Family", api.Bot);
        for (var message = 0; message < 20; message++)
        {
            api.Clock.Advance(TimeSpan.FromSeconds(1));
            await SendAsync(api, group.Id);
        }

        api.Clock.Advance(TimeSpan.FromSeconds(1));
        var tooMany = await Assert.ThrowsAsync<ApiRequestException>(() => SendAsync(api, group.Id));
        api.Clock.Advance(TimeSpan.FromSeconds(tooMany.Parameters!.RetryAfter!.Value));
        await SendAsync(api, group.Id);

        Assert.Equal(1, tooSoon.Parameters!.RetryAfter);
        Assert.Equal(40, tooMany.Parameters.RetryAfter);
    }

    [Fact]
    public async Task A_bot_sends_thirty_messages_a_second()
    {
        await using var api = await BotApiFixture.StartAsync();
        api.Server.Limits = RateLimits.Documented;
        var chats = Enumerable.Range(0, 31).Select(number => api.Server.AddPerson($"P{number}").ChatWith(api.Bot).Id).ToList();
        foreach (var chat in chats.Take(30))
        {
            await SendAsync(api, chat);
        }

        Assert.Equal(429, (await Assert.ThrowsAsync<ApiRequestException>(() => SendAsync(api, chats[30]))).ErrorCode);
    }

    [Fact]
    public async Task Who_blocked_or_kicked_the_bot_is_out_of_reach()
    {
        await using var api = await BotApiFixture.StartAsync();
        var group = api.Server.AddGroup("Family", api.Bot);
        api.Anna.Blocks(api.Bot);
        group.Kicks(api.Bot, api.Anna);

        Assert.Equal("Forbidden: bot was blocked by the user", (await Assert.ThrowsAsync<ApiRequestException>(() => SendAsync(api))).Message);
        Assert.Equal("Forbidden: bot was kicked from the group chat", (await Assert.ThrowsAsync<ApiRequestException>(() => SendAsync(api, group.Id))).Message);
        api.Anna.Unblocks(api.Bot);
        await SendAsync(api);
    }

    [Fact]
    public async Task A_group_that_became_a_supergroup_says_where_it_is()
    {
        await using var api = await BotApiFixture.StartAsync();
        var group = api.Server.AddGroup("Family", api.Bot);
        var supergroup = group.Migrates();
        api.Anna.Writes(group, "still here");

        var moved = await Assert.ThrowsAsync<ApiRequestException>(() => SendAsync(api, group.Id));
        var updates = await api.Client.GetUpdates(cancellationToken: Cancel);
        await SendAsync(api, supergroup.Id);

        Assert.Equal((400, supergroup.Id), (moved.ErrorCode, moved.Parameters!.MigrateToChatId!.Value));
        Assert.Equal(supergroup.Id, updates[0].Message!.MigrateToChatId);
        Assert.Equal(group.Id, updates[1].Message!.MigrateFromChatId);
        Assert.Equal(supergroup.Id, updates[2].Message!.Chat.Id);
    }

    [Fact]
    public async Task A_closed_topic_and_a_deleted_one_refuse_each_in_its_way()
    {
        await using var api = await BotApiFixture.StartAsync();
        var forum = api.Server.AddSupergroup("Forum", isForum: true, api.Bot);
        var topic = forum.AddTopic("Bugs");
        topic.Close();
        Assert.Equal("Bad Request: TOPIC_CLOSED", await api.RefusalAsync("sendMessage", new { chat_id = forum.Id, text = "x", message_thread_id = topic.ThreadId }));
        topic.Delete();
        Assert.Equal("Bad Request: message thread not found", await api.RefusalAsync("sendMessage", new { chat_id = forum.Id, text = "x", message_thread_id = topic.ThreadId }));
    }

    [Fact]
    public async Task A_slow_answer_takes_the_servers_time()
    {
        await using var api = await BotApiFixture.StartAsync();
        using var slow = api.Bot.When("sendMessage").Times(1).Takes(TimeSpan.FromMinutes(1));
        var sending = SendAsync(api);
        await slow.HappenedAsync(1, Cancel);
        Assert.Empty(api.Chat.Messages);
        api.Clock.Advance(TimeSpan.FromMinutes(1));
        await sending;
        Assert.Single(api.Chat.Messages);
    }

    private static Task<Message> SendAsync(BotApiFixture api, long? chatId = null) => api.Client.SendMessage(chatId ?? api.Chat.Id, "x", cancellationToken: Cancel);
}

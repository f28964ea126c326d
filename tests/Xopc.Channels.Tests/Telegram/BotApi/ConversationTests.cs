using System.Text;
using Telegram.Bot;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;
using Telegram.Bot.Types.ReplyMarkups;
using Xopc.Testing.Telegram;

namespace Xopc.Channels.Tests.Telegram.BotApi;

public sealed class ConversationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_person_writes_and_the_bots_answer_is_in_the_book()
    {
        await using var api = await BotApiFixture.StartAsync();
        var written = api.Anna.Writes(api.Bot, "/start@xopc_bot hello");

        var update = Assert.Single(await api.Client.GetUpdates(cancellationToken: Cancel));
        await api.Client.SendMessage(
            update.Message!.Chat.Id,
            "Hello 👋 Anna",
            replyParameters: update.Message.MessageId,
            entities: [new MessageEntity { Type = MessageEntityType.Bold, Offset = 9, Length = 4 }],
            cancellationToken: Cancel);

        Assert.Equal("/start@xopc_bot hello", update.Message.Text);
        Assert.Equal(MessageEntityType.BotCommand, Assert.Single(update.Message.Entities!).Type);
        Assert.Equal("anna", update.Message.From!.Username);
        var seen = await api.Chat.SeesAsync("Hello 👋 Anna", Cancel);
        Assert.Equal(written.MessageId, seen.ReplyTo);
        Assert.Equal([new SeenEntity("bold", 9, 4)], seen.Entities);
        Assert.Equal(1, api.Bot.CallCount("sendMessage"));
    }

    [Fact]
    public async Task Everything_a_person_can_send_is_read_by_the_client()
    {
        await using var api = await BotApiFixture.StartAsync();
        var person = api.Anna.In(api.Bot);
        var first = person.Writes("one two three");
        person.Writes("about that", first, quote: "two");
        person.Edits(first, "four");
        person.Forwards(first);
        person.SendsPhoto([1, 2], "a photo");
        person.SendsDocument("a.pdf", [3], "a document");
        person.SendsVideo("a.mp4", [4]);
        person.SendsAudio("a.mp3", [5]);
        person.SendsVoice([6]);
        person.SendsSticker("🙂", [7]);
        person.SendsAlbum("album", [8], [9]);
        person.SendsLocation(47.4, 8.5);
        person.SendsContact("+41", "Ben");
        person.SendsPoll("Tea?", "yes", "no");
        api.Anna.Blocks(api.Bot);

        var updates = await api.Client.GetUpdates(cancellationToken: Cancel);

        Assert.Equal(
            [
                MessageType.Text, MessageType.Text, MessageType.Unknown, MessageType.Text, MessageType.Photo, MessageType.Document, MessageType.Video,
                MessageType.Audio, MessageType.Voice, MessageType.Sticker, MessageType.Photo, MessageType.Photo, MessageType.Location, MessageType.Contact,
                MessageType.Poll, MessageType.Unknown,
            ],
            updates.Select(update => update.Message?.Type ?? MessageType.Unknown));
        Assert.Equal("two", updates[1].Message!.Quote!.Text);
        Assert.Equal("one two three", updates[1].Message!.ReplyToMessage!.Text);
        Assert.Equal("four", updates[2].EditedMessage!.Text);
        Assert.IsType<MessageOriginUser>(updates[3].Message!.ForwardOrigin);
        Assert.Equal("a photo", updates[4].Message!.Caption);
        Assert.NotNull(updates[10].Message!.MediaGroupId);
        Assert.Equal(updates[10].Message!.MediaGroupId, updates[11].Message!.MediaGroupId);
        Assert.Equal(ChatMemberStatus.Kicked, updates[15].MyChatMember!.NewChatMember.Status);
        Assert.Equal(updates.Select(update => update.Id).Order(), updates.Select(update => update.Id));
    }

    [Fact]
    public async Task A_pressed_button_is_a_callback_query_and_its_answer_reaches_the_person()
    {
        await using var api = await BotApiFixture.StartAsync();
        await api.Client.SendMessage(
            api.Chat.Id, "Sure?", replyMarkup: new InlineKeyboardMarkup(InlineKeyboardButton.WithCallbackData("Yes", "yes:1")), cancellationToken: Cancel);

        var pressed = api.Anna.In(api.Bot).Presses(await api.Chat.SeesAsync("Sure?", Cancel), "Yes");
        var query = Assert.Single(await api.Client.GetUpdates(cancellationToken: Cancel)).CallbackQuery!;
        await api.Client.AnswerCallbackQuery(query.Id, "Done", cancellationToken: Cancel);

        Assert.Equal("yes:1", query.Data);
        Assert.Equal("Done", await pressed.AnsweredAsync(Cancel));
        await Assert.ThrowsAnyAsync<Exception>(() => api.Client.AnswerCallbackQuery(query.Id, cancellationToken: Cancel));
    }

    [Fact]
    public async Task Files_go_both_ways_byte_for_byte()
    {
        await using var api = await BotApiFixture.StartAsync();
        api.Anna.In(api.Bot).SendsDocument("notes.txt", "from Anna"u8.ToArray());
        var document = Assert.Single(await api.Client.GetUpdates(cancellationToken: Cancel)).Message!.Document!;
        var file = await api.Client.GetFile(document.FileId, Cancel);
        using var downloaded = new MemoryStream();
        await api.Client.DownloadFile(file.FilePath!, downloaded, Cancel);

        using var upload = new MemoryStream("from the bot"u8.ToArray());
        await api.Client.SendPhoto(api.Chat.Id, InputFile.FromStream(upload, "a.png"), "caption", replyParameters: 1, cancellationToken: Cancel);
        using var one = new MemoryStream([1]);
        using var two = new MemoryStream([2]);
        var album = new IAlbumInputMedia[]
        {
            new InputMediaPhoto(InputFile.FromStream(one, "1.png")) { Caption = "both" }, new InputMediaPhoto(InputFile.FromStream(two, "2.png")),
        };
        await api.Client.SendMediaGroup(api.Chat.Id, album, cancellationToken: Cancel);

        Assert.Equal("from Anna", Encoding.UTF8.GetString(downloaded.ToArray()));
        var shown = api.Chat.FromBots;
        Assert.Equal("from the bot", Encoding.UTF8.GetString(shown[0].Media!.Content!));
        Assert.Equal(("caption", 1), (shown[0].Text, shown[0].ReplyTo!.Value));
        Assert.Equal([[1], [2]], shown.Skip(1).Select(message => message.Media!.Content!));
        Assert.Equal("both", shown[1].Text);
        Assert.Equal(shown[1].MediaGroupId, shown[2].MediaGroupId);
    }

    [Fact]
    public async Task Edits_and_deletions_keep_their_history_and_actions_stand_apart()
    {
        await using var api = await BotApiFixture.StartAsync();
        await api.Client.SendChatAction(api.Chat.Id, ChatAction.Typing, cancellationToken: Cancel);
        var sent = await api.Client.SendMessage(api.Chat.Id, "one", cancellationToken: Cancel);
        await api.Client.EditMessageText(api.Chat.Id, sent.MessageId, "two", cancellationToken: Cancel);
        await api.Client.DeleteMessage(api.Chat.Id, sent.MessageId, Cancel);

        var seen = Assert.Single(api.Chat.Messages);
        Assert.Equal(("two", "one"), (seen.Text, Assert.Single(seen.Edits).PreviousText));
        Assert.NotNull(seen.DeletedAt);
        Assert.Empty(api.Chat.FromBots);
        Assert.Equal("typing", (await api.Chat.WaitForActionAsync("typing", Cancel)).Action);
    }

    [Fact]
    public async Task A_forums_topics_a_channels_posts_and_the_chats_of_two_bots_are_apart()
    {
        await using var api = await BotApiFixture.StartAsync();
        var other = api.Server.AddBot("77:other", "other_bot");
        var forum = api.Server.AddSupergroup("Forum", isForum: true, api.Bot);
        var topic = forum.AddTopic("Bugs");
        api.Anna.Writes(topic, "@xopc_bot look");
        api.Server.AddChannel("News", "news", api.Bot).Posts("today");
        api.Anna.Writes(other, "for the other");

        var updates = await api.Client.GetUpdates(cancellationToken: Cancel);
        await api.Client.SendMessage(forum.Id, "seen", messageThreadId: topic.ThreadId, cancellationToken: Cancel);
        await api.Client.SendMessage("@news", "posted", cancellationToken: Cancel);

        Assert.Equal("Bugs", updates[0].Message!.ForumTopicCreated!.Name);
        Assert.Equal((topic.ThreadId, true), (updates[1].Message!.MessageThreadId!.Value, updates[1].Message!.IsTopicMessage));
        Assert.Equal("today", updates[2].ChannelPost!.Text);
        Assert.Equal(3, updates.Length);
        Assert.Equal("for the other", Assert.Single(other.Updates.Select(update => System.Text.Json.Nodes.JsonNode.Parse(update.Json)!["message"]!["text"]!.GetValue<string>())));
        Assert.Equal(topic.ThreadId, (await forum.SeesAsync("seen", Cancel)).ThreadId);
    }

    [Fact]
    public async Task The_bot_describes_itself_and_its_commands()
    {
        await using var api = await BotApiFixture.StartAsync();
        var me = await api.Client.GetMe(Cancel);
        await api.Client.SetMyCommands([new BotCommand("new", "Begin anew")], cancellationToken: Cancel);

        Assert.Equal((4242L, "xopc_bot"), (me.Id, me.Username));
        Assert.Equal("new", Assert.Single(await api.Client.GetMyCommands(cancellationToken: Cancel)).Command);
        Assert.Equal("Anna", (await api.Client.GetChat(api.Chat.Id, Cancel)).FirstName);
        api.Bot.ShowsUsername = false;
        Assert.Null((await api.Client.GetMe(Cancel)).Username);
    }
}

using System.Text.Json.Nodes;
using Xopc.Testing.Telegram;

namespace Xopc.Channels.Tests.Telegram.BotApi;

public sealed class ValidationTests
{
    public static TheoryData<string, string, string> Formatting => new()
    {
        { "ab", """[{"type":"bold","offset":1,"length":2}]""", "ends after the end of the text at UTF-16 offset 3" },
        { "a👋", """[{"type":"bold","offset":0,"length":2}]""", "in a middle of a UTF-16 symbol" },
        { "abc", """[{"type":"code","offset":0,"length":3},{"type":"bold","offset":1,"length":1}]""", "code can't contain bold" },
        { "abc", """[{"type":"bold","offset":0,"length":3},{"type":"pre","offset":1,"length":1}]""", "bold can't contain pre" },
        { "abc", """[{"type":"bold","offset":0,"length":2},{"type":"italic","offset":1,"length":2}]""", "neither contains the other" },
        { "abc", """[{"type":"blockquote","offset":0,"length":3},{"type":"blockquote","offset":1,"length":1}]""", "can't be nested" },
        { "abc", """[{"type":"bold","offset":0,"length":0}]""", "has length 0" },
        { "abc", """[{"type":"loud","offset":0,"length":1}]""", "unsupported type" },
        { "abc", """[{"type":"text_link","offset":0,"length":1}]""", "without a URL" },
        { "abc", """{"type":"bold"}""", "must be an array" },
    };

    [Theory]
    [MemberData(nameof(Formatting))]
    public async Task Malformed_formatting_is_refused(string text, string entities, string why)
    {
        await using var api = await BotApiFixture.StartAsync();

        var refusal = await api.RefusalAsync("sendMessage", new { chat_id = api.Chat.Id, text, entities = JsonNode.Parse(entities) });

        Assert.StartsWith("Bad Request: ", refusal, StringComparison.Ordinal);
        Assert.Contains(why, refusal, StringComparison.Ordinal);
        Assert.Empty(api.Chat.Messages);
    }

    [Fact]
    public async Task Up_to_a_hundred_entities_that_contain_each_other_are_accepted()
    {
        await using var api = await BotApiFixture.StartAsync();
        object[] Bold(int count) => [.. Enumerable.Range(0, count).Select(at => new { type = "bold", offset = at * 2, length = 1 })];
        object[] nested = [new { type = "blockquote", offset = 0, length = 3 }, new { type = "bold", offset = 0, length = 2 }, new { type = "code", offset = 2, length = 1 }];

        Assert.True((bool)(await api.CallAsync("sendMessage", new { chat_id = api.Chat.Id, text = new string('x', 300), entities = Bold(100) }))["ok"]!);
        Assert.True((bool)(await api.CallAsync("sendMessage", new { chat_id = api.Chat.Id, text = "abc", entities = nested }))["ok"]!);
        Assert.Equal("Bad Request: ENTITIES_TOO_LONG", await api.RefusalAsync("sendMessage", new { chat_id = api.Chat.Id, text = new string('x', 300), entities = Bold(101) }));
    }

    [Fact]
    public async Task Html_becomes_entities_and_the_limit_counts_what_is_left()
    {
        await using var api = await BotApiFixture.StartAsync();
        var html = "<b>1 &lt; <i>2</i></b> <pre><code class=\"language-c\">x</code></pre> <a href=\"https://a.b\">l</a>" + new string('y', 4085);
        await api.CallAsync("sendMessage", new { chat_id = api.Chat.Id, text = html, parse_mode = "HTML" });

        var seen = Assert.Single(api.Chat.Messages);
        Assert.Equal("1 < 2 x l", seen.Text[..9]);
        Assert.Equal(
            [new SeenEntity("italic", 4, 1), new SeenEntity("bold", 0, 5), new SeenEntity("pre", 6, 1, Language: "c"), new SeenEntity("text_link", 8, 1, "https://a.b")],
            seen.Entities);
        Assert.Contains(
            "can't parse entities: Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\"",
            await api.RefusalAsync("sendMessage", new { chat_id = api.Chat.Id, text = "<b>x</i>", parse_mode = "HTML" }),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Texts_and_captions_have_their_limits()
    {
        await using var api = await BotApiFixture.StartAsync();
        var id = api.Chat.Id;
        var photo = api.Anna.In(api.Bot).SendsPhoto([1]).Media!.FileId;

        Assert.True((bool)(await api.CallAsync("sendMessage", new { chat_id = id, text = new string('x', 4096) }))["ok"]!);
        Assert.True((bool)(await api.CallAsync("sendPhoto", new { chat_id = id, photo, caption = new string('x', 1024) }))["ok"]!);
        Assert.Equal("Bad Request: message is too long", await api.RefusalAsync("sendMessage", new { chat_id = id, text = new string('x', 4097) }));
        Assert.Equal("Bad Request: message text is empty", await api.RefusalAsync("sendMessage", new { chat_id = id, text = " \n" }));
        Assert.Equal("Bad Request: message caption is too long", await api.RefusalAsync("sendPhoto", new { chat_id = id, photo, caption = new string('x', 1025) }));
    }

    [Fact]
    public async Task What_a_call_names_must_exist()
    {
        await using var api = await BotApiFixture.StartAsync();
        var id = api.Chat.Id;
        var sent = (int)(await api.CallAsync("sendMessage", new { chat_id = id, text = "one" }))["result"]!["message_id"]!;

        Assert.Equal("Bad Request: chat not found", await api.RefusalAsync("sendMessage", new { chat_id = 9, text = "x" }));
        Assert.Equal("Bad Request: message thread not found", await api.RefusalAsync("sendMessage", new { chat_id = id, text = "x", message_thread_id = 5 }));
        Assert.Equal("Bad Request: message to be replied not found", await api.RefusalAsync("sendMessage", new { chat_id = id, text = "x", reply_parameters = new { message_id = 99 } }));
        Assert.StartsWith("Bad Request: message is not modified", await api.RefusalAsync("editMessageText", new { chat_id = id, message_id = sent, text = "one" }), StringComparison.Ordinal);
        Assert.Equal("Bad Request: message to edit not found", await api.RefusalAsync("editMessageText", new { chat_id = id, message_id = 99, text = "one" }));
        Assert.Equal("Bad Request: message to delete not found", await api.RefusalAsync("deleteMessage", new { chat_id = id, message_id = 99 }));
        Assert.Equal("Not Found", await api.RefusalAsync("sendTelepathy", new { chat_id = id }));
    }

    [Fact]
    public async Task Button_data_has_64_bytes_and_a_download_20_megabytes()
    {
        await using var api = await BotApiFixture.StartAsync();
        object Message(string data) => new { chat_id = api.Chat.Id, text = "x", reply_markup = new { inline_keyboard = new[] { new[] { new { text = "b", callback_data = data } } } } };
        var large = api.Anna.In(api.Bot).SendsDocument("large.bin", (20L * 1024 * 1024) + 1).Media!.FileId;

        Assert.True((bool)(await api.CallAsync("sendMessage", Message(new string('ä', 32))))["ok"]!);
        Assert.Equal("Bad Request: BUTTON_DATA_INVALID", await api.RefusalAsync("sendMessage", Message(new string('ä', 32) + "x")));
        Assert.Equal("Bad Request: file is too big", await api.RefusalAsync("getFile", new { file_id = large }));
    }

    [Fact]
    public async Task A_token_nobody_has_is_unauthorized_and_a_get_with_a_query_is_a_call()
    {
        await using var api = await BotApiFixture.StartAsync();
        using var stranger = await api.Http.GetAsync(new Uri(api.Server.Address, "/bot1:no/getMe"), TestContext.Current.CancellationToken);
        await api.Http.GetAsync(new Uri($"sendMessage?chat_id={api.Chat.Id}&text=by%20query", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(401, (int)stranger.StatusCode);
        Assert.Equal("""{"ok":false,"error_code":401,"description":"Unauthorized"}""", await stranger.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        await api.Chat.SeesAsync("by query", TestContext.Current.CancellationToken);
    }
}

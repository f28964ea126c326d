using System.Text.Json;
using Telegram.Bot;
using Telegram.Bot.Types;
using Xopc.Channels.Telegram;

namespace Xopc.Channels.Tests.Telegram;

public sealed class TelegramUpdatesTests
{
    private const string Anna = """{"id":42,"is_bot":false,"first_name":"Anna","last_name":"B"}""";
    private const string Private = """{"id":42,"type":"private"}""";
    private const string Group = """{"id":-100,"type":"supergroup","title":"Team"}""";
    private static readonly User Me = new() { Id = 7, IsBot = true, FirstName = "Bot", Username = "our_bot" };

    public static TheoryData<string, string> Words => new()
    {
        { """ "text":"hello" """, "hello" },
        { """ "caption":"look","photo":[{"file_id":"s","file_unique_id":"s","width":1,"height":1},{"file_id":"l","file_unique_id":"l","width":9,"height":9,"file_size":5}]""", "look" },
        { """ "text":"yes","reply_to_message":{"message_id":1,"date":0,"chat":{"id":42,"type":"private"},"text":"Shall\nI?"}""", "[In reply to: Shall I?]\nyes" },
        { """ "text":"read this","forward_origin":{"type":"hidden_user","date":0,"sender_user_name":"Zoe"}""", "[Forwarded from Zoe]\nread this" },
        { """ "location":{"latitude":48.1,"longitude":11.5}""", "[Location: 48.1, 11.5]" },
        { """ "venue":{"location":{"latitude":1,"longitude":2},"title":"Café","address":"Street 1"},"location":{"latitude":1,"longitude":2}""", "[Place: Café, Street 1 (1, 2)]" },
        { """ "contact":{"phone_number":"+1","first_name":"Max"}""", "[Contact: Max, +1]" },
        { """ "sticker":{"file_id":"f","file_unique_id":"f","type":"regular","width":1,"height":1,"is_animated":false,"is_video":false,"emoji":"👍"}""", "[Sticker 👍]" },
        { """ "dice":{"emoji":"🎲","value":4}""", "[🎲 4]" },
    };

    [Theory]
    [MemberData(nameof(Words))]
    public void What_a_person_sends_becomes_words(string content, string expected) => Assert.Equal(expected, Read($$"""{"message_id":3,"date":0,"from":{{Anna}},"chat":{{Private}},{{content}}}""")!.Text);

    [Theory]
    [InlineData("""{"message_id":3,"date":0,"from":{"id":9,"is_bot":true,"first_name":"Other"},"chat":{"id":-100,"type":"supergroup"},"text":"from a bot"}""")]
    [InlineData("""{"message_id":3,"date":0,"chat":{"id":-100,"type":"channel"},"text":"from a channel"}""")]
    [InlineData("""{"message_id":3,"date":0,"from":{"id":42,"is_bot":false,"first_name":"Anna"},"chat":{"id":-100,"type":"supergroup"},"new_chat_members":[{"id":8,"is_bot":false,"first_name":"N"}]}""")]
    [InlineData("""{"message_id":3,"date":0,"from":{"id":42,"is_bot":false,"first_name":"Anna"},"chat":{"id":-100,"type":"supergroup"},"text":"/stop@another_bot","entities":[{"type":"bot_command","offset":0,"length":17}]}""")]
    public void What_is_no_word_of_a_person_to_us_is_nothing(string message) => Assert.Null(Read(message));

    [Theory]
    [InlineData(""" "text":"among us" """, false, "among us")]
    [InlineData(""" "text":"hey @Our_Bot now","entities":[{"type":"mention","offset":4,"length":8}]""", true, "hey  now")]
    [InlineData(""" "text":"😀 @our_bot","entities":[{"type":"mention","offset":3,"length":8}]""", true, "😀")]
    [InlineData(""" "text":"/status","entities":[{"type":"bot_command","offset":0,"length":7}]""", true, "/status")]
    [InlineData(""" "text":"/status@our_bot","entities":[{"type":"bot_command","offset":0,"length":15}]""", true, "/status@our_bot")]
    [InlineData(""" "text":"@ghost","entities":[{"type":"mention","offset":0,"length":600}]""", false, "@ghost")]
    public void In_a_group_it_is_for_us_where_we_are_meant(string content, bool forUs, string text)
    {
        var message = Read($$"""{"message_id":3,"date":0,"from":{{Anna}},"chat":{{Group}},{{content}}}""")!;

        Assert.Equal((forUs, text, "group", "-100"), (message.ForUs, message.Text, message.PeerKind, message.PeerId));
    }

    [Fact]
    public void An_edit_says_so_and_an_album_its_name()
    {
        var edit = TelegramUpdates.Read(Parse($$"""{"update_id":5,"edited_message":{"message_id":3,"date":0,"from":{{Anna}},"chat":{{Private}},"text":"new"} }"""), "home", Me)!;
        var album = Read($$"""{"message_id":3,"date":0,"from":{{Anna}},"chat":{{Private}},"media_group_id":"g","document":{"file_id":"f","file_unique_id":"f","file_name":"a.pdf","mime_type":"application/pdf","file_size":9} }""")!;

        Assert.Equal(("telegram:home:5", true, "[Changed an earlier message, which now reads:]\nnew"), (edit.Id, edit.IsEdit, edit.Text));
        Assert.Equal(("g", "document", "a.pdf", 9L), (album.MediaGroupId, album.Media[0].Kind, album.Media[0].Name, album.Media[0].Size));
    }

    private static Xopc.Channels.Intake.InboundMessage? Read(string message) => TelegramUpdates.Read(Parse($$"""{"update_id":5,"message":{{message}}}"""), "home", Me);

    private static Update Parse(string json) => JsonSerializer.Deserialize<Update>(json, JsonBotAPI.Options)!;
}

using System.Text.Json;
using Telegram.Bot;
using Telegram.Bot.Types;
using Xopc.Channels.Intake;
using Xopc.Channels.Telegram;
using Xopc.Channels.Telegram.Text;
using Xopc.Testing.Fuzzing;

namespace Xopc.Channels.Tests;

/// <summary>Random bytes through what people and platforms send.</summary>
public sealed class ParserFuzzTests
{
    private static readonly User Me = new() { Id = 7, IsBot = true, FirstName = "Bot", Username = "our_bot" };

    // What the poll says and passes over; whatever else would be news.
    private static readonly Type[] Unreadable =
        [typeof(JsonException), typeof(NotSupportedException), typeof(FormatException), typeof(InvalidOperationException), typeof(NullReferenceException), typeof(ArgumentException), typeof(ArgumentOutOfRangeException), typeof(OverflowException)];

    [Fact]
    public void Chat_commands()
    {
        var commands = 0;
        Fuzz.Text(text => commands += ChatCommand.Parse(text) is null ? 0 : 1, ["/stop", "/model@our_bot openai/gpt-4o-mini\nmore", "/think high"]);
        Assert.True(commands > 0);
    }

    [Fact]
    public void Updates_of_Telegram()
    {
        var messages = 0;
        Fuzz.Parse(
            bytes =>
            {
                if (JsonSerializer.Deserialize<Update>(bytes, JsonBotAPI.Options) is { } update && TelegramUpdates.Read(update, "home", Me) is { } message)
                {
                    messages++;
                    Assert.StartsWith("telegram:home:", message.Id, StringComparison.Ordinal);
                }
            },
            [
                """{"update_id":5,"message":{"message_id":3,"date":9,"from":{"id":42,"is_bot":false,"first_name":"A"},"chat":{"id":-100,"type":"supergroup","title":"T"},"text":"hey @our_bot /x","entities":[{"type":"mention","offset":4,"length":8},{"type":"bot_command","offset":0,"length":3}],"reply_to_message":{"message_id":1,"date":0,"chat":{"id":42,"type":"private"},"text":"q"}}}""",
                """{"update_id":6,"edited_message":{"message_id":3,"date":9,"from":{"id":42,"is_bot":false,"first_name":"A"},"chat":{"id":42,"type":"private"},"caption":"c","photo":[{"file_id":"s","file_unique_id":"s","width":1,"height":2}],"media_group_id":"g","location":{"latitude":1,"longitude":2}}}""",
                """{"update_id":7,"callback_query":{"id":"1","from":{"id":42,"is_bot":false,"first_name":"A"},"chat_instance":"i","data":"d","message":{"message_id":3,"date":9,"chat":{"id":42,"type":"private"}}}}""",
            ],
            2_000, 1024 * 1024, Unreadable);
        Assert.True(messages > 0);
    }

    [Fact]
    public void Markdown_of_documents_and_of_cells()
    {
        Fuzz.Text(
            text =>
            {
                var source = MarkdownSource.Clean(text);
                _ = MarkdownReader.TryRead(source);
                _ = MarkdownReader.TryReadLine(source);
            },
            ["# A *b* `c`\n\n- d\n  > e\n\n```x\nf\n```", "| a | b |\n|---|:-:|\n| **1** | ~~2~~ |", "[a](https://b.example) ||s||"], 400);
    }
}

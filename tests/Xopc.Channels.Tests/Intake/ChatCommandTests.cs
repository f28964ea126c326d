using Xopc.Channels.Intake;

namespace Xopc.Channels.Tests.Intake;

public sealed class ChatCommandTests
{
    [Theory]
    [InlineData("/stop", "stop", "")]
    [InlineData("/Cancel", "stop", "")]
    [InlineData("/status@some_bot", "status", "")]
    [InlineData("/model  openai/gpt-4o-mini \nmore words", "model", "openai/gpt-4o-mini")]
    [InlineData("/start payload", "start", "payload")]
    public void A_known_word_is_a_command_with_the_rest_of_its_line(string text, string name, string arguments) =>
        Assert.Equal(new ChatCommand(name, arguments), ChatCommand.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/etc/passwd is what?")]
    [InlineData("please /stop")]
    [InlineData("/stopping")]
    [InlineData("//stop")]
    public void Anything_else_is_for_the_agent(string text) => Assert.Null(ChatCommand.Parse(text));
}

using Xopc.Cli.Hosting;

namespace Xopc.Cli.Tests.Hosting;

public sealed class BannerTests
{
    private static readonly BannerFacts Facts = new(
        "http://127.0.0.1:18790", null, "abcd1234…wxyz6789", true, "openai/gpt-5 [new]", "/home/someone/.xopc", ["channels.telegram is not part of this version"]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_tells_where_it_is_how_to_get_in_who_answers_where_things_lie_and_what_to_try(bool decorated)
    {
        using var cli = new Cli { Decorated = decorated };

        Banner.Print(Facts, "1.2.3", cli.Context.Io);

        foreach (var part in (string[])
            [
                "1.2.3", Facts.Url, Facts.Credential, "openai/gpt-5 [new]", Facts.StateDirectory, Facts.Notes[0],
                """curl http://127.0.0.1:18790/api/agent -H "Authorization: Bearer $(xopc gateway token)" -H "Content-Type: application/json" -d '{"message":"Hello"}'""",
                "xopc agent -m \"Hello\"",
            ])
        {
            Assert.Contains(part, cli.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Into_a_pipe_it_writes_no_escape_sequences()
    {
        using var cli = new Cli();

        Banner.Print(Facts, "1.2.3", cli.Context.Io);

        Assert.DoesNotContain('\u001b', cli.Out);
    }

    [Fact]
    public void An_open_gateway_is_shown_as_one_and_its_curl_line_has_no_token()
    {
        using var cli = new Cli();

        Banner.Print(Facts with { NeedsCredential = false, Credential = "open", Reach = "reachable from other machines" }, "1.2.3", cli.Context.Io);

        Assert.Contains("Access: open", cli.Out, StringComparison.Ordinal);
        Assert.Contains("reachable from other machines", cli.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", cli.Out, StringComparison.Ordinal);
    }
}

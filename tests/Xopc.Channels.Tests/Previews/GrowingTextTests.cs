using System.Text;
using Microsoft.Extensions.Time.Testing;
using Xopc.Channels.Previews;
using Xopc.Contracts.Runs;
using Xopc.Messaging;

namespace Xopc.Channels.Tests.Previews;

public sealed class GrowingTextTests : IDisposable
{
    private readonly GrowingText _text = new();
    private int _seq;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void It_is_what_the_tokens_and_resets_of_a_run_say_and_nothing_else()
    {
        Take(("progress", """{"type":"progress","stage":"thinking","message":"Thinking..."}"""), Token("one "), Token("two"));
        Assert.Equal("one two", _text.Now);
        Take(("reset", """{"type":"reset","content":"begun anew","reason":"x"}"""), Token("."), ("message_end", """{"type":"message_end"}"""));

        Assert.Equal("begun anew.", _text.Now);
        Assert.False(_text.Ended);
    }

    [Fact]
    public void What_was_missed_makes_it_unknown_until_it_begins_anew()
    {
        _text.Take(new RunUpdates([Update(Token("two"))], Complete: false));
        Assert.Null(_text.Now);
        Take(("reset", """{"type":"reset","content":"all"}"""));

        Assert.Equal("all", _text.Now);
    }

    [Theory]
    [InlineData("", "aborted", true)]
    [InlineData("words", "aborted", false)]
    [InlineData("", "ok", false)]
    public void Only_what_was_stopped_before_it_said_anything_came_to_nothing(string said, string status, bool nothing)
    {
        Take(Token("cut"), ("reset", $$"""{"type":"reset","content":"{{said}}"}"""));
        _text.Take(new RunUpdates([Update(("result", $$$"""{"ok":true,"payload":{"status":"{{{status}}}","summary":""}}"""), last: true)], Complete: true));

        Assert.Equal((true, nothing), (_text.Ended, _text.CameToNothing));
    }

    [Fact]
    public async Task Who_waits_gets_the_newest_text_after_the_pause_and_the_end_at_once()
    {
        var clock = new FakeTimeProvider();
        Take(Token("one"));
        var more = _text.MoreAsync(TimeSpan.FromSeconds(1), clock, Cancelled);
        Assert.False(more.IsCompleted);
        Take(Token(" two"));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await more);
        Assert.Equal("one two", _text.Now);

        var next = _text.MoreAsync(TimeSpan.Zero, clock, Cancelled);
        Assert.False(next.IsCompleted); // both were in what was read
        _text.Again();
        Assert.True(await next);
        var last = _text.MoreAsync(TimeSpan.FromSeconds(1), clock, Cancelled);
        _text.End();
        Assert.False(await last);
    }

    [Fact]
    public void No_more_is_kept_than_a_message_can_show()
    {
        for (var i = 0; i < 100; i++)
        {
            Take(Token(new string('x', 1_000)));
        }

        Assert.Equal(GrowingText.Longest, _text.Now!.Length);
    }

    public void Dispose() => _text.Dispose();

    private static (string, string) Token(string content) => ("token", $$"""{"type":"token","content":"{{content}}"}""");

    private void Take(params (string Type, string Data)[] updates) => _text.Take(new RunUpdates([.. updates.Select(update => Update(update))], Complete: true));

    private RunUpdate Update((string Type, string Data) update, bool last = false) => new(new RunUpdateId(1, ++_seq), update.Type, Encoding.UTF8.GetBytes(update.Data), last);
}

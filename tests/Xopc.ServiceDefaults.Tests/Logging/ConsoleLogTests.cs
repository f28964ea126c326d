using Microsoft.Extensions.Time.Testing;
using Serilog.Events;
using Xopc.ServiceDefaults.Logging;

namespace Xopc.ServiceDefaults.Tests.Logging;

public sealed class ConsoleLogTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_line_says_when_how_bad_who_and_what() =>
        Assert.Equal("12:00:00 INF Telegram  Polling\n", Print(new LogLine(Noon, LogEventLevel.Information, "Xopc.Channels.Telegram", "Polling", null, null, null, [], null)));

    [Fact]
    public void Text_from_outside_neither_moves_the_cursor_nor_forges_a_line() =>
        Assert.Equal(
            "12:00:00 WRN X  a\\n12:00:00 INF fake \\u001b[2J\\u202egnp\n",
            Print(new LogLine(Noon, LogEventLevel.Warning, "X", "a\n12:00:00 INF fake \u001b[2J\u202egnp", null, null, null, [], null)));

    [Fact]
    public void An_error_shows_its_stack_and_a_warning_one_line_of_it()
    {
        var error = new LogError("System.Exception", "boom", "System.Exception: boom\n   at Xopc.Run()");

        Assert.Equal("12:00:00 ERR X  m\n         System.Exception: boom\n            at Xopc.Run()\n", Print(new LogLine(Noon, LogEventLevel.Error, "X", "m", null, null, null, [], error)));
        Assert.Equal("12:00:00 WRN X  m\n         System.Exception: boom\n", Print(new LogLine(Noon, LogEventLevel.Warning, "X", "m", null, null, null, [], error)));
    }

    [Fact]
    public void Colours_only_frame_the_words() => Assert.Contains("\e[32mINF\e[0m", Print(new LogLine(Noon, LogEventLevel.Information, "X", "m", null, null, null, [], null), coloured: true), StringComparison.Ordinal);

    private static string Print(LogLine line, bool coloured = false)
    {
        var output = new StringWriter();
        new ConsoleLog(output, coloured, new FakeTimeProvider(Noon)).Write([line]);
        return output.ToString();
    }
}

using System.Globalization;
using System.Text;
using Serilog.Events;

namespace Xopc.ServiceDefaults.Logging;

/// <summary>
/// Lines for people: <c>12:34:56 INF Telegram  Polling as @house_bot</c>, coloured on a terminal. Control characters are shown, not sent: a message from
/// outside must neither move the cursor nor forge a second line.
/// </summary>
internal sealed class ConsoleLog(TextWriter output, bool coloured, TimeProvider clock) : ILogOutput
{
    private const string Reset = "\e[0m";
    private const string Dim = "\e[2m";
    private static readonly string[] Labels = ["TRC", "DBG", "INF", "WRN", "ERR", "FTL"];
    private static readonly string[] Colours = ["\e[2m", "\e[2m", "\e[32m", "\e[33m", "\e[31m", "\e[1;31m"];
    private readonly StringBuilder _text = new();

    public void Write(IReadOnlyList<LogLine> lines)
    {
        foreach (var line in lines)
        {
            Append(line);
        }

        output.Write(_text);
        output.Flush();
        _text.Clear();
        _text.Capacity = Math.Min(_text.Capacity, 64 * 1024);
    }

    /// <summary>The console belongs to the process.</summary>
    public void Dispose()
    {
    }

    /// <summary>Colours where a person looks: a terminal, no <c>NO_COLOR</c>.</summary>
    public static bool IsColourful(Func<string, string?> setting) =>
        !Console.IsOutputRedirected && string.IsNullOrEmpty(setting("NO_COLOR")) && setting("TERM") is not "dumb";

    private void Append(LogLine line)
    {
        var time = TimeZoneInfo.ConvertTime(line.Time, clock.LocalTimeZone);
        Paint(Dim, time.ToString("HH:mm:ss", CultureInfo.InvariantCulture));
        _text.Append(' ');
        Paint(Colours[(int)line.Level], Labels[(int)line.Level]);
        _text.Append(' ');
        Paint(Dim, line.Module[(line.Module.LastIndexOf('.') + 1)..]);
        _text.Append("  ");
        AppendVisible(line.Message);
        _text.Append('\n');
        if (line.Error is not { } error)
        {
            return;
        }

        if (line.Level < LogEventLevel.Error)
        {
            _text.Append("         ");
            AppendVisible($"{error.Type}: {error.Message}");
            _text.Append('\n');
            return;
        }

        foreach (var row in error.Stack.AsSpan().EnumerateLines())
        {
            _text.Append("         ");
            AppendVisible(row);
            _text.Append('\n');
        }
    }

    private void Paint(string colour, string text)
    {
        if (coloured)
        {
            _text.Append(colour).Append(text).Append(Reset);
        }
        else
        {
            _text.Append(text);
        }
    }

    private void AppendVisible(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            // Bidirectional overrides reorder what a terminal shows, as control characters do.
            if (char.IsControl(c) || c is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069'))
            {
                _text.Append(c switch { '\n' => "\\n", '\r' => "\\r", '\t' => " ", _ => $"\\u{(int)c:x4}" });
            }
            else
            {
                _text.Append(c);
            }
        }
    }
}

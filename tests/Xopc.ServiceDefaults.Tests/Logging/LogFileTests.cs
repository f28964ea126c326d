using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Serilog.Events;
using Xopc.ServiceDefaults.Logging;

namespace Xopc.ServiceDefaults.Tests.Logging;

public sealed class LogFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly List<string> _complaints = [];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_line_is_one_json_object_with_the_documented_fields()
    {
        var trace = System.Diagnostics.ActivityTraceId.CreateRandom();
        var span = System.Diagnostics.ActivitySpanId.CreateRandom();
        var line = Line("hello\nworld \u001b[31m") with
        {
            EventName = "Greeted",
            TraceId = trace,
            SpanId = span,
            Fields = [new LogEventProperty("SessionKey", new ScalarValue("main:x")), new LogEventProperty("Count", new ScalarValue(3)), new LogEventProperty("Level", new ScalarValue("forged"))],
            Error = new LogError("System.Exception", "boom", "at x"),
        };

        Write(File(), line);

        var text = System.IO.File.ReadAllText(_directory["app-2026-01-01.log"]);
        Assert.Single(text.TrimEnd('\n').Split('\n'));
        var json = JsonDocument.Parse(text).RootElement;
        Assert.Equal("warn", json.GetProperty("level").GetString());
        Assert.Equal("2026-01-01T12:00:00.000Z", json.GetProperty("time").GetString());
        Assert.Equal(Environment.ProcessId, json.GetProperty("pid").GetInt32());
        Assert.Equal("xopc", json.GetProperty("service").GetString());
        Assert.Equal("Xopc.Test", json.GetProperty("module").GetString());
        Assert.Equal("hello\nworld \u001b[31m", json.GetProperty("msg").GetString());
        Assert.Equal("Greeted", json.GetProperty("event").GetString());
        Assert.Equal(trace.ToHexString(), json.GetProperty("traceId").GetString());
        Assert.Equal(span.ToHexString(), json.GetProperty("spanId").GetString());
        Assert.Equal("main:x", json.GetProperty("sessionKey").GetString());
        Assert.Equal(3, json.GetProperty("count").GetInt32());
        Assert.Equal("forged", json.GetProperty("level_").GetString());
        Assert.Equal("boom", json.GetProperty("err").GetProperty("message").GetString());
    }

    [Fact]
    public void Each_day_has_its_file_and_each_service_its_name()
    {
        using var file = File(service: "xopc-agents");
        file.Write([Line("one")]);
        _clock.Advance(TimeSpan.FromHours(13));
        file.Write([Line("two")]);

        Assert.Equal(["app-agents-2026-01-01.log", "app-agents-2026-01-02.log"], _directory.Logs());
    }

    [Fact]
    public void A_file_that_would_grow_beyond_its_size_is_followed_by_the_next_number_also_after_a_restart()
    {
        var limits = new LogLimits(FileBytes: 600);
        using (var file = File(limits))
        {
            file.Write([Line(new string('a', 300))]);
            file.Write([Line(new string('b', 300))]);
        }

        using (var file = File(limits))
        {
            file.Write([Line(new string('c', 300))]);
        }

        Assert.Equal(["app-2026-01-01.1.log", "app-2026-01-01.2.log", "app-2026-01-01.log"], _directory.Logs());
        Assert.All(Directory.GetFiles(_directory.Path, "*.log"), f => Assert.InRange(new FileInfo(f).Length, 1, 600));
    }

    [Fact]
    public void A_restart_appends_while_there_is_room()
    {
        Write(File(), Line("one"));
        Write(File(), Line("two"));

        Assert.Equal(2, System.IO.File.ReadAllLines(_directory["app-2026-01-01.log"]).Length);
    }

    [Fact]
    public void Files_beyond_the_retention_are_deleted_of_every_service_and_other_files_are_not()
    {
        foreach (var name in (string[])["app-2025-12-20.log", "app-agents-2025-12-20.3.log", "app-2025-12-25.log", "error-2025-12-20.log", "app-notes.log"])
        {
            System.IO.File.WriteAllText(_directory[name], "x");
        }

        Write(File(new LogLimits(RetentionDays: 7)), Line("today"));

        Assert.Equal(["app-2025-12-25.log", "app-2026-01-01.log", "app-notes.log", "error-2025-12-20.log"], _directory.Logs());
    }

    [Fact]
    public void All_files_of_a_process_together_stay_within_the_bound_and_the_current_one_survives()
    {
        using var file = File(new LogLimits(FileBytes: 600, TotalBytes: 1300));
        for (var i = 0; i < 12; i++)
        {
            file.Write([Line(new string('a', 300))]);
        }

        Assert.Contains(Path.GetFileName(file.CurrentPath)!, _directory.Logs());
        Assert.InRange(Directory.GetFiles(_directory.Path, "*.log").Sum(f => new FileInfo(f).Length), 1, 1300 + 600);
        Assert.Contains("app-2026-01-01.11.log", _directory.Logs());
    }

    [Fact]
    public void Two_processes_of_one_service_write_two_files()
    {
        using var first = File();
        using var second = File();
        first.Write([Line("one")]);
        second.Write([Line("two")]);

        Assert.Equal(["app-2-2026-01-01.log", "app-2026-01-01.log"], _directory.Logs());
    }

    [Fact]
    public void Files_are_readable_by_their_owner_only()
    {
        Write(File(), Line("one"));
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no Unix modes");
            return;
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(_directory["app-2026-01-01.log"]));
    }

    [Fact]
    public void A_directory_that_cannot_be_written_is_said_and_counted_and_used_again_when_it_can()
    {
        var path = _directory["logs"];
        System.IO.File.WriteAllText(path, "in the way");
        using var file = new LogFile(path, "xopc", new LogLimits(), _clock, _complaints.Add);

        file.Write([Line("lost")]);
        file.Write([Line("lost too, silently")]);
        System.IO.File.Delete(path);
        _clock.Advance(TimeSpan.FromSeconds(11));
        file.Write([Line("kept")]);

        Assert.Equal(2, _complaints.Count);
        Assert.Contains("2 lines were lost", _complaints[1], StringComparison.Ordinal);
        Assert.Single(System.IO.File.ReadAllLines(Path.Combine(path, "app-2026-01-01.log")));
    }

    private LogFile File(LogLimits? limits = null, string service = "xopc") => new(_directory.Path, service, limits ?? new LogLimits(), _clock, _complaints.Add);

    private LogLine Line(string message) => new(_clock.GetUtcNow(), LogEventLevel.Warning, "Xopc.Test", message, null, null, null, [], null);

    private static void Write(LogFile file, LogLine line)
    {
        using (file)
        {
            file.Write([line]);
        }
    }
}

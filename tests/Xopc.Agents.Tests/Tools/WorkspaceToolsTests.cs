using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;
using Xopc.Agents.Tools;

namespace Xopc.Agents.Tests.Tools;

public sealed class WorkspaceToolsTests : IDisposable
{
    private readonly string _outer = Directory.CreateTempSubdirectory("xopc-tools-").FullName;
    private readonly string _root;
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ToolSet _tools;

    public WorkspaceToolsTests()
    {
        _root = Path.Combine(_outer, "workspace");
        _tools = ToolSet.For(new(), _root, _clock);
        File.WriteAllText(Path.Combine(_outer, "secret.txt"), "secret");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_outer, recursive: true);

    [Fact]
    public async Task A_file_that_was_written_is_read_back()
    {
        Assert.Equal("Wrote 7 bytes to a/b/c.md.", await OkAsync("write_file", new { path = "a/b/c.md", content = "één\nx" }));
        Assert.Equal("één\nx", await OkAsync("read_file", new { path = "./a/b/c.md" }));
        Assert.Equal(["c.md"], Directory.GetFileSystemEntries(Path.Combine(_root, "a/b")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("../secret.txt")]
    [InlineData("a/../../secret.txt")]
    [InlineData("..\\secret.txt")]
    [InlineData("/etc/passwd")]
    [InlineData("/proc/self/environ")]
    [InlineData("~/.ssh/id_rsa")]
    [InlineData("link-to-outside")]
    [InlineData("folder-to-outside/secret.txt")]
    [InlineData("dangling")]
    [InlineData("loop")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    public async Task What_leads_out_of_the_workspace_is_refused_by_every_tool(string path)
    {
        File.CreateSymbolicLink(Path.Combine(_root, "link-to-outside"), Path.Combine(_outer, "secret.txt"));
        Directory.CreateSymbolicLink(Path.Combine(_root, "folder-to-outside"), _outer);
        File.CreateSymbolicLink(Path.Combine(_root, "dangling"), Path.Combine(_outer, "not-there-yet"));
        File.CreateSymbolicLink(Path.Combine(_root, "loop"), "loop");

        foreach (var (tool, arguments) in (IEnumerable<(string, object)>)
        [
            ("read_file", new { path }), ("write_file", new { path, content = "owned" }), ("edit_file", new { path, oldText = "secret", newText = "owned" }),
            ("list_dir", new { path }), ("find", new { pattern = "*", path }), ("grep", new { pattern = "secret", path }),
        ])
        {
            var result = await RunAsync(tool, arguments);
            Assert.True(result.IsError, $"{tool} {path}: {result.Text}");
            Assert.DoesNotContain(_outer, result.Text, StringComparison.Ordinal);
        }

        Assert.Equal("secret", await File.ReadAllTextAsync(Path.Combine(_outer, "secret.txt"), Token));
        Assert.False(File.Exists(Path.Combine(_outer, "not-there-yet")));
    }

    [Fact]
    public async Task Links_that_stay_inside_are_followed_and_searches_go_past_all_links()
    {
        Directory.CreateDirectory(Path.Combine(_root, "real"));
        await File.WriteAllTextAsync(Path.Combine(_root, "real/x.md"), "needle", Token);
        Directory.CreateSymbolicLink(Path.Combine(_root, "alias"), "real");
        Directory.CreateSymbolicLink(Path.Combine(_root, "out"), _outer);

        Assert.Equal("needle", await OkAsync("read_file", new { path = "alias/x.md" }));
        Assert.Equal("real/x.md", await OkAsync("find", new { pattern = "*.md" }));
        Assert.Equal("real/x.md:1: needle", await OkAsync("grep", new { pattern = "needle|secret" }));
        Assert.Equal("alias (link)\nout (link)\nreal/", await OkAsync("list_dir", new { }));
    }

    [Fact]
    public async Task A_long_file_is_shown_in_parts()
    {
        await WriteAsync("long.txt", string.Join('\n', Enumerable.Range(1, 1200)) + "\n");

        var first = await OkAsync("read_file", new { path = "long.txt" });
        var last = await OkAsync("read_file", new { path = "long.txt", offset = 1001 });

        Assert.EndsWith("\n500\n[lines 1-500 of 1200]", first, StringComparison.Ordinal);
        Assert.StartsWith("1001\n", last, StringComparison.Ordinal);
        Assert.EndsWith("\n1200\n[lines 1001-1200 of 1200]", last, StringComparison.Ordinal);
        Assert.Equal("7\n8\n[lines 7-8 of 1200]", await OkAsync("read_file", new { path = "long.txt", offset = 7, limit = 2 }));
        Assert.Equal("(the file has 1200 lines)", await OkAsync("read_file", new { path = "long.txt", offset = 5000 }));
    }

    [Fact]
    public async Task A_file_of_long_lines_is_cut_by_bytes()
    {
        await WriteAsync("wide.txt", string.Join('\n', Enumerable.Repeat(new string('é', 10_000), 10)));
        await WriteAsync("one.txt", new string('x', 200_000));

        var wide = await OkAsync("read_file", new { path = "wide.txt" });
        Assert.EndsWith("[lines 1-2 of 10]", wide, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(await OkAsync("read_file", new { path = "one.txt" })), 50_000, ToolResult.MaxBytes);
    }

    [Fact]
    public async Task Only_text_is_read()
    {
        await File.WriteAllBytesAsync(Path.Combine(_root, "zero.bin"), [65, 0, 66], Token);
        await File.WriteAllBytesAsync(Path.Combine(_root, "latin1.txt"), [0x63, 0xE9], Token);
        await using (var big = File.Create(Path.Combine(_root, "big.txt")))
        {
            big.SetLength(Workspace.MaxFileBytes + 1);
        }

        Assert.Equal("zero.bin is not a text file.", await FailAsync("read_file", new { path = "zero.bin" }));
        Assert.Equal("latin1.txt is not UTF-8 text.", await FailAsync("read_file", new { path = "latin1.txt" }));
        Assert.Equal("big.txt is larger than 10 MiB.", await FailAsync("read_file", new { path = "big.txt" }));
        Assert.Equal("nothing.txt does not exist.", await FailAsync("read_file", new { path = "nothing.txt" }));
        Assert.Equal(". is a folder.", await FailAsync("read_file", new { path = "." }));
        await WriteAsync("empty.txt", "");
        Assert.Equal("(empty file)", await OkAsync("read_file", new { path = "empty.txt" }));
    }

    [Fact]
    public async Task An_edit_replaces_a_passage_that_occurs_once()
    {
        await WriteAsync("a.txt", "one two one");

        Assert.Equal("Edited a.txt.", await OkAsync("edit_file", new { path = "a.txt", oldText = "two", newText = "2" }));
        Assert.Equal("one 2 one", await ReadAsync("a.txt"));
        Assert.Contains("more than once", await FailAsync("edit_file", new { path = "a.txt", oldText = "one", newText = "1" }), StringComparison.Ordinal);
        Assert.Contains("does not occur", await FailAsync("edit_file", new { path = "a.txt", oldText = "Two", newText = "1" }), StringComparison.Ordinal);
        Assert.Contains("empty", await FailAsync("edit_file", new { path = "a.txt", oldText = "", newText = "1" }), StringComparison.Ordinal);
        await WriteAsync("aaa.txt", "aaa");
        Assert.Contains("more than once", await FailAsync("edit_file", new { path = "aaa.txt", oldText = "aa", newText = "b" }), StringComparison.Ordinal);
        Assert.Equal("one 2 one", await ReadAsync("a.txt"));
    }

    [Fact]
    public async Task An_edit_keeps_line_ends_byte_order_mark_and_mode()
    {
        var path = Path.Combine(_root, "run.sh");
        await File.WriteAllTextAsync(path, "\uFEFFa\r\nb\r\nc\r\n", new UTF8Encoding(false), Token);
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }

        await OkAsync("edit_file", new { path = "run.sh", oldText = "a\nb", newText = "x\ny\nz" });

        Assert.Equal("\uFEFFx\r\ny\r\nz\r\nc\r\n", Encoding.UTF8.GetString(await File.ReadAllBytesAsync(path, Token)));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(path) == mode);
    }

    [Fact]
    public async Task A_file_is_not_a_folder()
    {
        await WriteAsync("file", "x");

        Assert.Equal("file is a file, not a folder.", await FailAsync("write_file", new { path = "file/below", content = "y" }));
        Assert.Equal("file is a file.", await FailAsync("list_dir", new { path = "file" }));
        Assert.Equal(". is a folder.", await FailAsync("write_file", new { path = ".", content = "y" }));
    }

    [Theory]
    [InlineData("*.cs", "a.cs src/b.cs src/deep/c.cs")]
    [InlineData("src/*.cs", "src/b.cs")]
    [InlineData("src/**/*.cs", "src/b.cs src/deep/c.cs")]
    [InlineData("**/*.{cs,md}", "a.cs src/b.cs src/d.md src/deep/c.cs")]
    [InlineData("[ab].cs", "a.cs src/b.cs")]
    [InlineData("?.md", "src/d.md")]
    [InlineData("nothing", "(no file matches)")]
    public async Task Files_are_found_by_pattern(string pattern, string found)
    {
        foreach (var file in (string[])["a.cs", "src/b.cs", "src/d.md", "src/deep/c.cs", ".git/x.cs", "node_modules/y.cs"])
        {
            await WriteAsync(file, "x");
        }

        Assert.Equal(found, (await OkAsync("find", new { pattern })).Replace('\n', ' '));
    }

    [Fact]
    public async Task Searches_are_limited_and_say_so()
    {
        foreach (var i in Enumerable.Range(0, 5))
        {
            await WriteAsync($"f{i}.txt", "hit\nhit");
        }

        Assert.Equal("f0.txt\nf1.txt\n[the first 2; there are more]", await OkAsync("find", new { pattern = "*", limit = 2 }));
        Assert.Equal("f0.txt:1: hit\nf0.txt:2: hit\nf1.txt:1: hit\n[the first 3 matches; there are more]", await OkAsync("grep", new { pattern = "hit", limit = 3 }));
    }

    [Fact]
    public async Task Grep_knows_case_literals_context_and_globs()
    {
        await WriteAsync("a.txt", "zero\nOne (1)\ntwo\nthree\nfour");
        await WriteAsync("b.md", "one");
        await WriteAsync("c.bin", "one\0one");

        Assert.Equal("b.md:1: one", await OkAsync("grep", new { pattern = "one" }));
        Assert.Equal("a.txt:2: One (1)\nb.md:1: one", await OkAsync("grep", new { pattern = "^one", ignoreCase = true }));
        Assert.Equal("a.txt:2: One (1)", await OkAsync("grep", new { pattern = "(1)", literal = true }));
        Assert.Equal("a.txt-1- zero\na.txt:2: One (1)\na.txt-3- two", await OkAsync("grep", new { pattern = "One", context = 1 }));
        Assert.Equal("b.md:1: one", await OkAsync("grep", new { pattern = "one", ignoreCase = true, glob = "*.md" }));
        Assert.Equal("(no match)", await OkAsync("grep", new { pattern = "one", path = "a.txt" }));
    }

    [Theory]
    [InlineData("(", "no valid regular expression")]
    [InlineData("(?=x)", "not supported")]
    [InlineData("(a{1000}){1000}", "too large")]
    public async Task A_pattern_that_could_hang_or_is_wrong_is_refused(string pattern, string reason)
    {
        await WriteAsync("a.txt", new string('a', 5000));

        Assert.Contains(reason, await FailAsync("grep", new { pattern }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pattern_that_would_explode_elsewhere_is_answered()
    {
        await WriteAsync("a.txt", new string('a', 50_000) + "!");

        Assert.Equal("(no match)", await OkAsync("grep", new { pattern = "^(a+)+$" }));
    }

    [Theory]
    [InlineData("(.{0,40}a){20}c")]
    [InlineData("(.*a.{30}){10}c")]
    [InlineData("(.{0,2}a){12}c")]
    [InlineData("(.?.?a?b?)*(.?.?a?b?)*(.?.?a?b?)*(.?.?c)")]
    [InlineData("(?:.?.?.?.?a|.?.?.?.?b|.?.?.?.?c)*0")]
    [InlineData("((((a))|((b)))*)*c")]
    public void A_pattern_costs_bounded_memory(string pattern)
    {
        var random = new Random(1);
        var line = string.Create(400, random, static (chars, random) => random.GetItems("ab", chars));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var regex = GrepTool.Compile(pattern, isLiteral: false, ignoreCase: false);
        try
        {
            _ = regex.IsMatch(line);
        }
        catch (RegexMatchTimeoutException)
        {
            // The tool says so.
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 * 1024 * 1024);
    }

    [Fact]
    public async Task Of_a_very_long_line_a_large_pattern_sees_the_beginning_and_says_so()
    {
        await WriteAsync("a.txt", new string('a', 70_000) + "needle\nneedle");

        Assert.StartsWith("a.txt:2: needle\n[of lines longer than 65536 characters", await OkAsync("grep", new { pattern = "ne{2}dle" }), StringComparison.Ordinal);
        Assert.Contains("a.txt:1: ", await OkAsync("grep", new { pattern = "needle" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pattern_that_takes_too_long_ends_with_saying_so()
    {
        await WriteAsync("a.txt", new string('a', 5_000));

        Assert.Contains("takes too long", await FailAsync("grep", new { pattern = "^(a{1,9})+b?(a{1,9})+c" }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"path":1}""", "read_file: 'path' must be a text")]
    [InlineData("""{}""", "read_file: 'path' is missing")]
    [InlineData("""{"path":"x","limit":0}""", "read_file: 'limit' must be a whole number from 1 to 500")]
    [InlineData("""{"path":"x","limit":"many"}""", "read_file: 'limit' must be a whole number from 1 to 500")]
    [InlineData("""{"path":"x","file":"y"}""", "read_file: there is no argument 'file'")]
    [InlineData("""[1]""", "read_file: the arguments must be a JSON object")]
    [InlineData("""{"path":""", "read_file: the arguments are not valid JSON")]
    [InlineData("""{"path":"\ud800"}""", "read_file: the arguments are not valid JSON")]
    public async Task Arguments_that_do_not_fit_are_explained(string json, string reason)
    {
        var result = await _tools.Find("read_file")!.RunAsync(json, Token);

        Assert.Equal((true, reason), (result.IsError, result.Text));
    }

    [Fact]
    public async Task Numbers_written_as_text_are_taken()
    {
        await WriteAsync("a.txt", "1\n2\n3");

        Assert.Equal("1\n[lines 1-1 of 3]", await OkAsync("read_file", new { path = "a.txt", limit = "1" }));
    }

    [Fact]
    public async Task The_time_is_told_in_the_zone_that_was_asked_for()
    {
        Assert.Equal("Sunday, 2026-03-01T21:00:00+09:00 (Asia/Tokyo)", await OkAsync("current_time", new { timezone = "Asia/Tokyo" }));
        Assert.StartsWith("Sunday, 2026-03-01T", await OkAsync("current_time", new { }), StringComparison.Ordinal);
        Assert.Equal("There is no such time zone.", await FailAsync("current_time", new { timezone = "Mars/Crater" }));
        Assert.Equal("There is no such time zone.", await FailAsync("current_time", new { timezone = "../../etc/passwd" }));
    }

    [Fact]
    public async Task The_callers_cancellation_is_no_result()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await WriteAsync("a.txt", "x");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _tools.Find("grep")!.RunAsync("""{"pattern":"x"}""", stop.Token));
    }

    [Fact]
    public async Task A_tool_that_takes_too_japaneseis_stopped()
    {
        var tool = new SlowTool(_clock);

        var run = tool.RunAsync("{}", Token);
        _clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(new ToolResult("slow was stopped after 30 s.", true), await run);
    }

    [Fact]
    public async Task Tools_are_functions_of_the_common_abstraction_and_can_be_switched_off()
    {
        await WriteAsync("a.txt", "text");
        var function = Assert.IsAssignableFrom<AIFunction>(_tools.ForModel.Single(tool => tool.Name == "read_file"));

        Assert.Equal("text", await function.InvokeAsync(new AIFunctionArguments { ["path"] = "a.txt" }, Token));
        Assert.Equal(
            """{"type":"object","properties":{"timezone":{"type":"string","description":"IANA time zone such as \u0027Europe/Berlin\u0027; the machine\u0027s own when left out."}},"required":[],"additionalProperties":false}""",
            _tools.Find("current_time")!.JsonSchema.GetRawText());
        Assert.Equal(["read_file", "list_dir", "find", "grep", "write_file", "edit_file", "current_time"], _tools.ForModel.Select(tool => tool.Name));
        var fewer = ToolSet.For(new(), _root, _clock, ["write_file", "edit_file"]);
        Assert.Null(fewer.Find("write_file"));
        Assert.Equal(5, fewer.ForModel.Count);
        Assert.False(_tools.Find("write_file")!.IsRepeatable);
        Assert.True(_tools.Find("read_file")!.IsRepeatable);
    }

    [Fact]
    public async Task A_result_never_exceeds_its_bound()
    {
        var japanese = new ToolResult(string.Concat(Enumerable.Repeat("日本", 20_000))).Capped();
        await WriteAsync("many.txt", string.Join('\n', Enumerable.Repeat("hit " + new string('y', 600), 1000)));
        var grep = await OkAsync("grep", new { pattern = "hit", limit = 1000 });

        Assert.InRange(Encoding.UTF8.GetByteCount(japanese.Text), 50_000, ToolResult.MaxBytes + 20);
        Assert.InRange(Encoding.UTF8.GetByteCount(grep), 50_000, ToolResult.MaxBytes + 20);
        Assert.Contains("…\n", grep, StringComparison.Ordinal);
    }

    private async Task<ToolResult> RunAsync(string tool, object arguments) => await _tools.Find(tool)!.RunAsync(JsonSerializer.Serialize(arguments), Token);

    private async Task<string> OkAsync(string tool, object arguments)
    {
        var result = await RunAsync(tool, arguments);
        Assert.False(result.IsError, result.Text);
        return result.Text;
    }

    private async Task<string> FailAsync(string tool, object arguments)
    {
        var result = await RunAsync(tool, arguments);
        Assert.True(result.IsError, result.Text);
        return result.Text;
    }

    private async Task WriteAsync(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, path))!);
        await File.WriteAllTextAsync(Path.Combine(_root, path), text, Token);
    }

    private Task<string> ReadAsync(string path) => File.ReadAllTextAsync(Path.Combine(_root, path), Token);

    private sealed class SlowTool(TimeProvider clock) : AgentTool("slow", "Waits.", [], ToolSchema.Create([]), clock)
    {
        protected override async Task<ToolResult> ActAsync(ToolArguments arguments, CancellationToken cancellationToken)
        {
            await Task.Delay(System.Threading.Timeout.InfiniteTimeSpan, cancellationToken);
            return new ToolResult("");
        }
    }
}

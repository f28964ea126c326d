using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Xopc.EndToEnd.Tests;

/// <summary>The real program in a process of its own.</summary>
internal sealed partial class XopcProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _screen = new();
    private readonly TaskCompletionSource<Uri> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;

    private XopcProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    public string Screen
    {
        get
        {
            lock (_screen)
            {
                return _screen.ToString();
            }
        }
    }

    /// <summary>Memory of the process that is not on disk, in bytes. Linux.</summary>
    public long ResidentBytes => long.Parse(
        File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;

    public bool Runs => !_process.HasExited;

    /// <summary>What everybody on the machine sees of it. Linux, while it runs.</summary>
    public string CommandLine => File.ReadAllText($"/proc/{_process.Id}/cmdline");

    public static XopcProcess Start(string home, IReadOnlyDictionary<string, string> environment, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = home };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "xopc.dll"));
        foreach (var arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        // Settings of whoever runs the tests must not reach the program under test.
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["HOME"] = home;
        start.Environment["XOPC_STATE_DIR"] = Path.Combine(home, "state");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new XopcProcess(Process.Start(start)!);
    }

    /// <summary>The address it says it is ready at.</summary>
    public async Task<Uri> UrlAsync()
    {
        await Task.WhenAny(_url.Task, _reading).WaitAsync(Wait.Generous, Wait.Cancelled);
        Assert.True(_url.Task.IsCompleted, "The gateway did not come up:\n" + Screen);
        return await _url.Task;
    }

    /// <summary>Waits for a command that ends by itself; everything it said.</summary>
    public async Task<string> EndsAsync()
    {
        await _process.WaitForExitAsync(Wait.Cancelled).WaitAsync(Wait.Generous, Wait.Cancelled);
        await _reading;
        Assert.True(_process.ExitCode == 0, $"It ended with {_process.ExitCode}.\n{Screen}");
        return Screen;
    }

    /// <summary>Waits for a command that ends by itself; its exit code.</summary>
    public async Task<int> ExitsAsync()
    {
        await _process.WaitForExitAsync(Wait.Cancelled).WaitAsync(Wait.Generous, Wait.Cancelled);
        await _reading;
        return _process.ExitCode;
    }

    /// <summary>Waits for its end, whatever ended it.</summary>
    public Task DiesAsync() => _process.WaitForExitAsync(Wait.Cancelled);

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(Wait.Cancelled);
    }

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, _process.Id.ToString()]);
        await kill.WaitForExitAsync(Wait.Cancelled);
    }

    public async Task<int> TerminateAsync()
    {
        await SignalAsync("TERM");
        await _process.WaitForExitAsync(Wait.Cancelled).WaitAsync(Wait.Generous, Wait.Cancelled);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        await _reading;
        _process.Dispose();
    }

    private static bool IsSetting(string name) =>
        name.StartsWith("XOPC_", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("OTEL_", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith("_API_KEY", StringComparison.OrdinalIgnoreCase);

    private async Task ReadAsync(StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (_screen)
            {
                _screen.AppendLine(line);
            }

            if (Address().Match(line) is { Success: true } match)
            {
                _url.TrySetResult(new Uri(match.Groups[1].Value));
            }
        }
    }

    // URL:  http://127.0.0.1:18790        xopc-agents is ready at http://127.0.0.1:40001. Ctrl+C stops it.
    [GeneratedRegex(@"(?:^\s*URL:\s+| is ready at )(https?://[^\s/]+:\d+)")]
    private static partial Regex Address();
}

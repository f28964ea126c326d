using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Xopc.Cli.Tests;

/// <summary>The real program in a process of its own, with a home that nobody else has.</summary>
internal sealed partial class XopcProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Screen _out = new();
    private readonly Screen _error = new();
    private readonly Task _reading;

    private XopcProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(CopyAsync(process.StandardOutput, _out), CopyAsync(process.StandardError, _error));
    }

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public int Id => _process.Id;

    public static XopcProcess Start(string home, IReadOnlyDictionary<string, string>? environment, params string[] args) =>
        Start(home, environment, null, args);

    /// <summary>Starts it as a supervisor does that listens already: with the descriptor as its third and <c>LISTEN_*</c> set.</summary>
    public static XopcProcess StartWithSocket(string home, int descriptor, params string[] args) => Start(home, null, descriptor, args);

    private static XopcProcess Start(string home, IReadOnlyDictionary<string, string>? environment, int? descriptor, string[] args)
    {
        var start = new ProcessStartInfo(descriptor is null ? "dotnet" : "bash")
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = home,
        };
        if (descriptor is not null)
        {
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add($"exec env LISTEN_FDS=1 LISTEN_PID=$$ dotnet \"$@\" 3<&{descriptor}");
            start.ArgumentList.Add("bash");
        }

        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "xopc.dll"));
        foreach (var arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        foreach (var inherited in start.Environment.Keys.Where(IsOurs).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        start.Environment["HOME"] = home;
        start.Environment["XOPC_DETECT_OLLAMA"] = "false";
        start.Environment["XOPC_STATE_DIR"] = Path.Combine(home, "state");
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new XopcProcess(process);
    }

    /// <summary>The address in the banner, once it is there.</summary>
    public async Task<Uri> UrlAsync()
    {
        await ShowsAsync("xopc agent -m");
        return new Uri(Url().Match(Out).Groups[1].Value);
    }

    /// <summary>Waits for a text on the output; fails with everything that was said when the process ends without it.</summary>
    public async Task ShowsAsync(string text)
    {
        await Task.WhenAny(_out.Shows(text), _reading);
        Assert.True(Out.Contains(text, StringComparison.Ordinal), $"'{text}' was not written.\n{Out}\n{Error}");
    }

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString()]);
        kill.WaitForExit();
    }

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).Within("The process did not end");
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        await _reading;
        _process.Dispose();
    }

    // Settings of whoever runs the tests must not reach the program under test.
    private static bool IsOurs(string name) =>
        name.StartsWith("XOPC_", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("OTEL_", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith("_API_KEY", StringComparison.OrdinalIgnoreCase);

    private static async Task CopyAsync(StreamReader from, Screen to)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            await to.WriteLineAsync(line);
        }
    }

    [GeneratedRegex(@"URL:\s+(\S+)")]
    private static partial Regex Url();
}

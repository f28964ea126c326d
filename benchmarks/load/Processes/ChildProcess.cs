using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Xopc.Load.Wire;

namespace Xopc.Load.Processes;

/// <summary>A process that the harness started, known by its own handle and ended by it.</summary>
internal sealed partial class ChildProcess : IAsyncDisposable
{
    private const int Sigterm = 15;
    private const int KeptLines = 40;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = [];

    private ChildProcess(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public int Pid => _process.Id;

    /// <summary>From the start of the process to its first 200 of <c>/health</c>.</summary>
    public TimeSpan Ready { get; private set; }

    /// <summary>What it printed last.</summary>
    public string Said
    {
        get
        {
            lock (_gate)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    /// <summary>Starts a program with exactly this environment and waits until it answers.</summary>
    public static async Task<ChildProcess> StartAsync(
        IReadOnlyList<string> command, int port, string probe, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var began = Stopwatch.GetTimestamp();
        var child = new ChildProcess(Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start."), port);
        child.Listen();
        try
        {
            await child.AwaitReadyAsync(probe, began, cancellationToken);
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>The environment of the harness that every child needs, and nothing that could configure it: no keys, no runtime switches.</summary>
    public static Dictionary<string, string> CleanEnvironment()
    {
        var kept = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in (string[])["PATH", "DOTNET_ROOT", "LANG", "TZ"])
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                kept[name] = value;
            }
        }

        return kept;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _ = Kill(_process.Id, Sigterm); // a process that ended meanwhile is what was asked for
            using var limit = new CancellationTokenSource(StopLimit);
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }

        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    private void Listen()
    {
        _process.OutputDataReceived += (_, line) => Remember(line.Data);
        _process.ErrorDataReceived += (_, line) => Remember(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Remember(string? line)
    {
        lock (_gate)
        {
            if (line is not null)
            {
                _lines.Enqueue(line);
            }

            if (_lines.Count > KeptLines)
            {
                _lines.Dequeue();
            }
        }
    }

    private async Task AwaitReadyAsync(string probe, long began, CancellationToken cancellationToken)
    {
        var request = new WireRequest(null).Get(probe);
        while (Stopwatch.GetElapsedTime(began) < StartLimit)
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"{_process.StartInfo.FileName} ended with {_process.ExitCode} before it was ready:\n{Said}");
            }

            try
            {
                using var connection = await WireConnection.OpenAsync(Port, cancellationToken);
                if (await connection.SendAsync(request, cancellationToken) == 200)
                {
                    Ready = Stopwatch.GetElapsedTime(began);
                    return;
                }
            }
            catch (Exception ex) when (ex is SocketException or InvalidDataException)
            {
                // Not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, cancellationToken);
        }

        throw new TimeoutException($"{_process.StartInfo.FileName} did not answer {probe} within {StartLimit.TotalSeconds} s:\n{Said}");
    }
}

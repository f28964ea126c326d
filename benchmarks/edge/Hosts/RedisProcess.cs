using System.Diagnostics;
using System.Net.Sockets;
using Xopc.Load.Processes;

namespace Xopc.EdgeLoad.Hosts;

/// <summary>A redis-server of this run, without files.</summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private readonly Process _process;

    private RedisProcess(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public int Pid => _process.Id;

    /// <summary>Null: there is no redis-server on this machine.</summary>
    public static async Task<RedisProcess?> StartAsync(string directory, CancellationToken cancellationToken)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(static path => File.Exists(Path.Combine(path, "redis-server"))))
        {
            return null;
        }

        var port = ChildProcess.FreePort();
        var start = new ProcessStartInfo("redis-server", ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", directory, "--loglevel", "warning"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        var redis = new RedisProcess(Process.Start(start)!, port);
        redis._process.BeginOutputReadLine();
        redis._process.BeginErrorReadLine();
        try
        {
            await redis.AwaitListeningAsync(cancellationToken);
            return redis;
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(); // it keeps nothing that a proper end could save
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private async Task AwaitListeningAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        while (true)
        {
            try
            {
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync("127.0.0.1", Port, limit.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
            }
        }
    }
}

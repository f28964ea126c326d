using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Xopc.ServiceDefaults.Tests.Redis;

/// <summary>A real redis-server with a password on a free port of this machine.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    private Process? _process;
    private DirectoryInfo? _directory;

    public const string Password = "Canary-of-redis";

    public int Port { get; private set; }

    public string ConnectionString => $"127.0.0.1:{Port},password={Password}";

    public async ValueTask InitializeAsync()
    {
        _directory = Directory.CreateTempSubdirectory("xopc-redis-");
        for (var attempt = 0; attempt < 5 && _process is null; attempt++)
        {
            Port = FreePort();
            _process = await TryStartAsync();
        }
    }

    /// <summary>Where Debian's package is missing and may not be installed, these tests say so instead of passing.</summary>
    public void Require() => Assert.SkipWhen(_process is null, "redis-server is not installed");

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _directory?.Delete(recursive: true);
    }

    private async Task<Process?> TryStartAsync()
    {
        // Its output is read to the end from the start: a pipe nobody reads would stop the server, and one it inherited would outlive the test run.
        var process = new Process
        {
            StartInfo = new ProcessStartInfo("redis-server", ["--port", $"{Port}", "--bind", "127.0.0.1", "--requirepass", Password, "--save", "", "--dir", _directory!.FullName])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        var ready = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                ready.TrySetResult(false); // somebody took the port in between
            }
            else if (line.Data.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                ready.TrySetResult(true);
            }
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            process.Dispose();
            return null;
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (await ready.Task.WaitAsync(Patience.Limit))
        {
            return process;
        }

        process.Dispose();
        return null;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xopc.Testing.Canaries;

namespace Xopc.Testing.Redis;

/// <summary>
/// A real redis-server of its own: free loopback port, password, private data directory. Can be killed without warning and started again on the same port
/// and data. Stops only the process it started.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("xopc-redis-").FullName;
    private readonly bool _appendOnly;
    private Process? _process;

    private RedisServer(bool appendOnly) => _appendOnly = appendOnly;

    public int Port { get; private set; }

    public string Password { get; } = Canary.MakeValue();

    /// <summary>Where it keeps its data; append-only, every command that changed something.</summary>
    public string DataDirectory => _directory;

    /// <summary>For <c>ConnectionStrings:redis</c>; retries the connection quickly, as a test wants it.</summary>
    public string ConnectionString =>
        $"127.0.0.1:{Port},password={Password},abortConnect=false,connectTimeout=2000,connectRetry=1,allowAdmin=true";

    /// <param name="appendOnly">Keep data over a kill: AOF, synced on every write, so that what was acknowledged is there again.</param>
    public static async Task<RedisServer> StartAsync(bool appendOnly, CancellationToken cancellationToken)
    {
        var server = new RedisServer(appendOnly);
        try
        {
            // Between finding a free port and the server's bind somebody else may take it.
            for (var attempt = 1; !await server.TryStartAsync(FreePort(), cancellationToken); attempt++)
            {
                if (attempt == 5)
                {
                    throw new InvalidOperationException("redis-server found no free port in five attempts.");
                }
            }

            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary><c>kill -9</c>: no goodbye to clients, nothing written out.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            await process.WaitForExitAsync(cancellationToken);
            process.Dispose();
        }
    }

    /// <summary>Starts again after <see cref="KillAsync"/>, same port, same data.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        if (!await TryStartAsync(Port, cancellationToken))
        {
            throw new InvalidOperationException($"redis-server did not come back on port {Port}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync(CancellationToken.None);
        Leftovers.Delete(_directory);
    }

    private async Task<bool> TryStartAsync(int port, CancellationToken cancellationToken)
    {
        Port = port;
        var start = new ProcessStartInfo("redis-server", "-")
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _directory,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception ex)
        {
            throw new InvalidOperationException(
                "These tests need a real redis-server and found none on the PATH. Debian, Ubuntu: apt-get install -y --no-install-recommends redis-server", ex);
        }

        _process = process;
        await WriteConfigurationAsync(process, cancellationToken);
        var ready = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => ready.TrySetResult(false);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("Ready to accept connections", StringComparison.Ordinal) == true)
            {
                ready.TrySetResult(true);
            }
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (await ready.Task.WaitAsync(StartLimit, cancellationToken))
        {
            return true;
        }

        await KillAsync(cancellationToken);
        return false;
    }

    /// <summary>Over standard input: a password on the command line is readable by everybody on the machine.</summary>
    private async Task WriteConfigurationAsync(Process process, CancellationToken cancellationToken)
    {
        var configuration = $"""
            bind 127.0.0.1
            port {Port}
            requirepass {Password}
            dir {_directory}
            save ""
            appendonly {(_appendOnly ? "yes" : "no")}
            appendfsync always
            daemonize no
            """;
        await process.StandardInput.WriteAsync(configuration.AsMemory(), cancellationToken);
        process.StandardInput.Close();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Xopc.Configuration;

namespace Xopc.Cli.Hosting;

/// <summary>
/// Where a service of the bundle listens: a Unix domain socket that only this user can reach, on Windows a loopback port. Edge and service compute it
/// from the run directory and the role alone, so nothing has to be passed between them.
/// </summary>
internal sealed record ServiceAddress(string? SocketPath, int Port)
{
    /// <summary>sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included.</summary>
    private const int MaxSocketPath = 103;

    /// <summary>Windows only: below the range from which the system hands out ports to clients.</summary>
    private const int FirstPort = 20_000;

    private const int Ports = 10_000;

    /// <summary>As the edge's destinations spell it.</summary>
    public string Destination => SocketPath is null ? string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}") : "unix:" + SocketPath;

    public static ServiceAddress Of(string runDirectory, ServiceRole role) => Of(runDirectory, role, Path.GetTempPath(), OperatingSystem.IsWindows());

    internal static ServiceAddress Of(string runDirectory, ServiceRole role, string temporaryDirectory, bool windows)
    {
        // Edge and service may have been started with two spellings of one directory.
        runDirectory = CanonicalPath.Of(runDirectory);
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{runDirectory}\n{role.ServiceName()}"));
        if (windows)
        {
            return new ServiceAddress(null, FirstPort + (int)(BitConverter.ToUInt32(digest) % Ports));
        }

        var name = Convert.ToHexStringLower(digest)[..12] + ".sock";
        var path = Path.Combine(runDirectory, name);
        return new ServiceAddress(Encoding.UTF8.GetByteCount(path) <= MaxSocketPath ? path : Path.Combine(temporaryDirectory, "xopc-" + Environment.UserName, name), 0);
    }

    /// <summary>Makes the socket's directory, and removes a socket that a killed process left behind: the listener could not be opened over it.</summary>
    /// <returns>False: another process answers there.</returns>
    public async Task<bool> PrepareAsync(CancellationToken cancellationToken)
    {
        if (SocketPath is null)
        {
            return true;
        }

        OwnDirectory(Path.GetDirectoryName(SocketPath)!);
        if (!File.Exists(SocketPath))
        {
            return true;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await probe.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancellationToken);
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(SocketPath);
            return true;
        }
    }

    // 0700, and ours: in the shared temporary directory somebody else could have made it first.
    private static void OwnDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const UnixFileMode mine = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(directory, mine);
        // Fails for whoever does not own it.
        File.SetUnixFileMode(directory, mine);
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Xopc.Cli.Hosting;

/// <summary>
/// Listening sockets that the supervisor opened and passed on (sd_listen_fds(3)): descriptors from 3 up, as many as <c>LISTEN_FDS</c> says, if
/// <c>LISTEN_PID</c> is this process. They stay open over a restart, so whoever connects meanwhile waits in the kernel's queue and is not refused.
/// </summary>
/// <param name="Descriptors">Each a listening stream socket.</param>
/// <param name="Addresses">Where each of them listens.</param>
/// <param name="Tls">Whether HTTPS is spoken on them.</param>
internal sealed record PassedSockets(IReadOnlyList<int> Descriptors, IReadOnlyList<EndPoint> Addresses, bool Tls = false)
{
    private const int First = 3;

    // IPv4, IPv6 and a Unix socket are three; whoever passes hundreds means another program.
    private const int Most = 16;

    private const int GetDescriptorFlags = 1;  // F_GETFD
    private const int SetDescriptorFlags = 2;  // F_SETFD
    private const int CloseOnExec = 1;         // FD_CLOEXEC

    public bool IsLoopback => Addresses.All(address => address is not IPEndPoint ip || IPAddress.IsLoopback(ip.Address));

    /// <summary>As the security audit names addresses.</summary>
    public IEnumerable<string> Hosts => Addresses.Select(address => address is IPEndPoint ip ? ip.Address.ToString() : $"unix:{address}");

    private string Scheme => Tls ? "https" : "http";

    /// <summary>What a client on this machine asks.</summary>
    public string Url => Addresses[0] switch
    {
        IPEndPoint { Address: var any } ip when any.Equals(IPAddress.Any) || any.Equals(IPAddress.IPv6Any) => string.Create(CultureInfo.InvariantCulture, $"{Scheme}://127.0.0.1:{ip.Port}"),
        IPEndPoint ip => $"{Scheme}://{ip}",
        var other => $"unix:{other}",
    };

    /// <summary>Null where none were passed to this process.</summary>
    /// <exception cref="BindException">What was passed is no listening socket; the message says what it is.</exception>
    public static PassedSockets? Find(Func<string, string?> environment)
    {
        // A child of the process they were meant for inherits the variables too: the id tells.
        if (OperatingSystem.IsWindows() || environment("LISTEN_PID") != Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
        {
            return null;
        }

        if (!int.TryParse(environment("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > Most)
        {
            throw new BindException($"LISTEN_FDS is '{environment("LISTEN_FDS")}'; it must say how many sockets are passed on, 1 to {Most}.");
        }

        var descriptors = Enumerable.Range(First, count).ToArray();
        return new PassedSockets(descriptors, [.. descriptors.Select(AddressOf)]);
    }

    /// <summary>Whether programs that this process starts get the descriptor too.</summary>
    public static void SetInherited(int descriptor, bool inherited)
    {
        if (FileControl(descriptor, SetDescriptorFlags, inherited ? 0 : CloseOnExec) < 0)
        {
            throw new BindException($"descriptor {descriptor} cannot be marked: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    private static EndPoint AddressOf(int descriptor)
    {
        if (FileControl(descriptor, GetDescriptorFlags, 0) < 0)
        {
            throw new BindException($"descriptor {descriptor}, which should be a passed socket (LISTEN_FDS), is not open.");
        }

        try
        {
            // Not owned: this only looks, the listener takes it.
            using var handle = new SafeSocketHandle(descriptor, ownsHandle: false);
            using var socket = new Socket(handle);
            return socket is { SocketType: SocketType.Stream, LocalEndPoint: { } address } && IsListening(socket)
                ? address
                : throw new BindException($"descriptor {descriptor}, which was passed on (LISTEN_FDS), is no listening stream socket. In the unit: ListenStream=, Accept=no.");
        }
        catch (SocketException e)
        {
            throw new BindException($"descriptor {descriptor}, which was passed on (LISTEN_FDS), is no socket: {e.Message}.");
        }
    }

    private static bool IsListening(Socket socket) => (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection)! != 0;

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FileControl(int descriptor, int command, int argument);
}

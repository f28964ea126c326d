using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Xopc.Configuration;

namespace Xopc.Cli.Hosting;

/// <summary>The address that a bind mode means on this machine.</summary>
/// <param name="Address">Where to listen.</param>
/// <param name="Port">0: any free one.</param>
/// <param name="Tls">Whether it speaks HTTPS.</param>
internal sealed record BindPlan(IPAddress Address, int Port, bool Tls = false)
{
    public static readonly string[] Modes = ["loopback", "lan", "auto", "tailnet", "custom"];

    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>What a client on this machine asks; <paramref name="port"/> is the one really bound.</summary>
    public string Url(int port) => $"{(Tls ? "https" : "http")}://{(Address.Equals(IPAddress.Any) ? IPAddress.Loopback : Address)}:{port}";

    /// <exception cref="BindException">The mode needs something that is not there; the message says what.</exception>
    public static BindPlan Resolve(GatewayConfig gateway, Func<IEnumerable<IPAddress>> addresses) => new(AddressOf(gateway, addresses), gateway.Port, gateway.Tls is not null);

    private static IPAddress AddressOf(GatewayConfig gateway, Func<IEnumerable<IPAddress>> addresses) => gateway.Bind switch
    {
        "loopback" => IPAddress.Loopback,
        "lan" => IPAddress.Any,
        // A container without a loopback address is the one machine where the two differ.
        "auto" => addresses().Any(IPAddress.IsLoopback) ? IPAddress.Loopback : IPAddress.Any,
        "tailnet" => addresses().FirstOrDefault(IsTailnet)
            ?? throw new BindException("gateway.bind is \"tailnet\", but this machine has no address in 100.64.0.0/10. Connect it, or use another mode."),
        "custom" when IPAddress.TryParse(gateway.CustomBindHost, out var custom) && custom.AddressFamily == AddressFamily.InterNetwork => custom,
        "custom" => throw new BindException("gateway.bind is \"custom\", which needs an IPv4 address in gateway.customBindHost."),
        var other => throw new BindException($"gateway.bind is \"{other}\"; it must be one of {string.Join(", ", Modes)}."),
    };

    /// <summary>Tries the address before anything else is started, so that what is wrong with it is all that is said.</summary>
    /// <exception cref="BindException">It cannot be listened on.</exception>
    public void Probe()
    {
        using var listener = new TcpListener(Address, Port);
        try
        {
            listener.Start();
        }
        catch (SocketException e)
        {
            throw new BindException(e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => InUse(),
                SocketError.AccessDenied => $"this user may not listen on port {Port}. Choose one from 1024 up with --port.",
                _ => $"{Address}:{Port} cannot be listened on: {e.Message}.",
            });
        }
    }

    /// <summary>Who has the port, as far as it can be told, and what to do.</summary>
    public string InUse() =>
        $"port {Port} on {Address} is in use{(PortHolder.Describe(Port) is { } holder ? " by " + holder : "")}. "
        + "Choose another one with --port (0 takes any free one), or stop what has it.";

    /// <summary>The IPv4 addresses of the interfaces that are up.</summary>
    public static IEnumerable<IPAddress> OfMachine() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => address.AddressFamily == AddressFamily.InterNetwork);

    private static bool IsTailnet(IPAddress address) => address.GetAddressBytes() is [100, >= 64 and <= 127, _, _];
}

/// <summary>There is nowhere to listen; the message says why and what to do.</summary>
internal sealed class BindException(string message) : Exception(message);

using System.Text;
using Xopc.EdgeLoad.Hosts;
using Xopc.Load.Measuring;
using Xopc.Load.Processes;
using Xopc.Load.Wire;

namespace Xopc.EdgeLoad.Driving;

/// <summary>Something that answers the same request, and the processes that work for it.</summary>
/// <param name="Name">As it stands in the table.</param>
/// <param name="Host">The process that takes the request.</param>
/// <param name="Behind">Where it sends it on; null: it answers itself.</param>
/// <param name="Socket">Asked over this Unix socket instead of the host's port.</param>
internal sealed record Target(string Name, ChildProcess Host, ChildProcess? Behind = null, string? Socket = null, bool FromPage = false)
{
    /// <summary>As a program or a page sends it: seven headers, a credential among them.</summary>
    public ReadOnlyMemory<byte> Request { get; } = Encoding.ASCII.GetBytes(
        $"GET {Trivial.Path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {Installation.Token}\r\nAccept: application/json\r\nAccept-Encoding: gzip\r\n"
        + $"User-Agent: xopc-edge-load\r\nContent-Type: application/json\r\n{(FromPage ? $"Origin: {Installation.Origin}\r\n" : "")}\r\n");

    public Task<WireConnection> OpenAsync(CancellationToken cancellationToken) =>
        Socket is null ? WireConnection.OpenAsync(Host.Port, cancellationToken) : WireConnection.OpenAsync(Socket, cancellationToken);

    /// <summary>Processor time of everything that works for it, and of the host alone.</summary>
    public (double All, double Host) CpuMilliseconds()
    {
        var host = ProcessFigures.CpuMilliseconds(Host.Pid);
        return (host + (Behind is null ? 0 : ProcessFigures.CpuMilliseconds(Behind.Pid)), host);
    }

    /// <summary>Bytes the host has allocated since its start.</summary>
    public async Task<long> AllocatedAsync(CancellationToken cancellationToken)
    {
        using var connection = await WireConnection.OpenAsync(Host.Port, cancellationToken);
        var (status, body) = await connection.AskAsync(new WireRequest(null).Get(Trivial.AllocatedPath), cancellationToken);
        return status == 200 ? long.Parse(Encoding.ASCII.GetString(body.Span), System.Globalization.CultureInfo.InvariantCulture) : 0;
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Xopc.Testing.Attacks;

/// <summary>A connection on which every byte is the test's: what a client library would refuse to send.</summary>
public sealed class Wire : IAsyncDisposable
{
    private readonly Socket _socket;

    private Wire(Socket socket, Stream stream) => (_socket, Stream) = (socket, stream);

    public Stream Stream { get; }

    /// <summary>Connects to a loopback address; over TLS where it says https.</summary>
    /// <param name="protocol">What is asked for with ALPN, over TLS.</param>
    public static async Task<Wire> ConnectAsync(Uri address, CancellationToken cancellationToken, SslApplicationProtocol? protocol = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, address.Port, cancellationToken);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (address.Scheme == Uri.UriSchemeHttps)
            {
                var tls = new SslStream(stream);
                stream = tls;
                await tls.AuthenticateAsClientAsync(Options(protocol), cancellationToken);
            }

            return new Wire(socket, stream);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends the text, a byte per character. False: the server has closed the connection.</summary>
    public Task<bool> SendAsync(string text, CancellationToken cancellationToken) => SendAsync(Encoding.Latin1.GetBytes(text), cancellationToken);

    /// <inheritdoc cref="SendAsync(string, CancellationToken)"/>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await Stream.WriteAsync(bytes, cancellationToken);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Says that nothing more will come, so that a server which waits for more gives up.</summary>
    public void HalfClose()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Closed already.
        }
    }

    /// <summary>Everything until the server closes. A reset after the answer ends it as well.</summary>
    public async Task<string> ReadToEndAsync(CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new byte[8192];
        try
        {
            for (int read; (read = await Stream.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
        }

        return text.ToString();
    }

    public ValueTask DisposeAsync() => Stream.DisposeAsync();

#pragma warning disable CA5359 // the certificate is one of the test's own, on loopback
    private static SslClientAuthenticationOptions Options(SslApplicationProtocol? protocol) => new()
    {
        TargetHost = "localhost",
        RemoteCertificateValidationCallback = (_, _, _, _) => true,
        ApplicationProtocols = protocol is { } asked ? [asked] : null,
    };
#pragma warning restore CA5359
}

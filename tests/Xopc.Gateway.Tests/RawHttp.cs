using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Xopc.Gateway.Tests;

/// <summary>HTTP as bytes: what HttpClient would refuse to send.</summary>
internal static class RawHttp
{
    /// <summary>Sends the text as Latin-1 and reads until the server closes.</summary>
    public static async Task<string> SendAsync(Uri address, string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, address.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // The server may refuse and close while we are still sending; its answer is what counts.
        }

        return await ReadToEndAsync(stream).WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken);
    }

    /// <summary>A complete request with <c>Connection: close</c>.</summary>
    public static Task<string> GetAsync(Uri address, string target, params string[] headers) =>
        SendAsync(address, $"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n");

    public static int Status(string response) => int.Parse(response.Split(' ', 3)[1]);

    private static async Task<string> ReadToEndAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[8192];
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // A reset after the answer: what came before it is the answer.
        }

        return text.ToString();
    }
}

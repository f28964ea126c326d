using System.Net;
using System.Net.Sockets;
using System.Text;
using Xopc.Cli.Hosting;

namespace Xopc.Cli.Tests.Hosting;

public sealed class PassedSocketTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task While_the_gateway_restarts_on_a_passed_socket_nobody_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Descriptors are passed as systemd does");
        using var listening = Listen();
        var port = ((IPEndPoint)listening.LocalEndPoint!).Port;
        var gateway = Start(listening);
        Assert.Equal(port, (await gateway.UrlAsync()).Port);

        using var enough = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(_ => AskUntilAsync(port, enough.Token)).ToArray();
        for (var restarts = 0; restarts < 3; restarts++)
        {
            gateway.Signal("TERM");
            Assert.Equal(ExitCodes.Ok, await gateway.ExitAsync());
            await gateway.DisposeAsync();
            gateway = Start(listening);
            await gateway.UrlAsync();
        }

        await enough.CancelAsync();
        foreach (var client in clients)
        {
            Assert.True(await client.Within("A client was never answered") > 0);
        }

        gateway.Signal("TERM");
        Assert.Equal(ExitCodes.Ok, await gateway.ExitAsync());
        await gateway.DisposeAsync();
    }

    [Fact]
    public async Task A_passed_descriptor_that_is_no_listening_socket_is_told()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Descriptors are passed as systemd does");
        using var file = File.OpenHandle(_home.File("file", "text"));
        PassedSockets.SetInherited((int)file.DangerousGetHandle(), true);
        await using var withFile = XopcProcess.StartWithSocket(_home.Path, (int)file.DangerousGetHandle(), "gateway");
        Assert.Equal(ExitCodes.Failed, await withFile.ExitAsync());
        Assert.Contains("descriptor 3, which was passed on (LISTEN_FDS), is no", withFile.Error, StringComparison.Ordinal);

        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        PassedSockets.SetInherited((int)silent.Handle, true);
        await using var withSilent = XopcProcess.StartWithSocket(_home.Path, (int)silent.Handle, "gateway");
        Assert.Equal(ExitCodes.Failed, await withSilent.ExitAsync());
        Assert.Contains("is no listening stream socket", withSilent.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "1")]
    [InlineData("1", "1")] // meant for another process: init's, here
    [InlineData("", "nonsense")]
    public void Sockets_of_another_process_are_not_ours(string? pid, string count) =>
        Assert.Null(PassedSockets.Find(name => name == "LISTEN_PID" ? pid : count));

    [Theory]
    [InlineData("0")]
    [InlineData("17")]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData(null)]
    public void A_number_of_sockets_that_cannot_be_is_told(string? count)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "No descriptors");
        var error = Assert.Throws<BindException>(() => PassedSockets.Find(name => name == "LISTEN_PID" ? Environment.ProcessId.ToString() : count));
        Assert.Contains($"LISTEN_FDS is '{count}'", error.Message, StringComparison.Ordinal);
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(512);
        PassedSockets.SetInherited((int)socket.Handle, true);
        return socket;
    }

    private XopcProcess Start(Socket listening) => XopcProcess.StartWithSocket(_home.Path, (int)listening.Handle, "gateway");

    // A connection for each question. What the old process had accepted and not read may be closed without an answer and is asked again; to be refused, or
    // reset while waiting in the queue, fails the connect.
    private static async Task<int> AskUntilAsync(int port, CancellationToken enough)
    {
        var answered = 0;
        while (!enough.IsCancellationRequested)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            try
            {
                await client.GetStream().WriteAsync("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
                using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
                var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken).Within("A client in the queue was forgotten");
                Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal), answer);
                answered += answer.Length > 0 ? 1 : 0;
            }
            catch (IOException)
            {
                // Accepted, and closed by the stop before it was read.
            }
        }

        return answered;
    }
}

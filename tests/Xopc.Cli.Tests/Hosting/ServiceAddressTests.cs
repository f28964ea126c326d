using System.Net.Sockets;
using System.Text;
using Xopc.Cli.Hosting;

namespace Xopc.Cli.Tests.Hosting;

public sealed class ServiceAddressTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Every_role_of_every_installation_has_its_own_and_always_the_same()
    {
        var addresses =
            from directory in (string[])["/home/a/.xopc/run", "/home/b/.xopc/run"]
            from role in (ServiceRole[])[ServiceRole.Agents, ServiceRole.Channels, ServiceRole.Scheduler]
            select ServiceAddress.Of(directory, role, "/tmp", windows: false).Destination;

        Assert.Equal(6, addresses.Distinct().Count());
        Assert.Equal(addresses, addresses.ToArray());
        Assert.All(addresses, address => Assert.Matches(@"^unix:/home/[ab]/\.xopc/run/[0-9a-f]{12}\.sock$", address));
    }

    [Fact]
    public void A_path_that_the_system_could_not_bind_moves_to_the_temporary_directory()
    {
        var deep = "/home/" + new string('ü', 60) + "/.xopc/run";

        var path = ServiceAddress.Of(deep, ServiceRole.Agents, "/tmp", windows: false).SocketPath!;

        Assert.StartsWith("/tmp/", path, StringComparison.Ordinal);
        Assert.True(Encoding.UTF8.GetByteCount(path) <= 107);
    }

    [Fact]
    public void Without_unix_sockets_it_is_a_loopback_port() =>
        Assert.Matches(@"^http://127\.0\.0\.1:2\d{4}$", ServiceAddress.Of(@"C:\Users\a\.xopc\run", ServiceRole.Agents, @"C:\Temp", windows: true).Destination);

    [Fact]
    public async Task A_socket_that_nobody_listens_on_is_removed_and_a_living_one_is_left_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix sockets");
        var address = ServiceAddress.Of(_home.Path, ServiceRole.Agents);
        using (var dead = Bind(address))
        {
            Assert.True(File.Exists(address.SocketPath));
        }

        // .NET removes the file when it closes a bound socket; a killed process does not get that far.
        File.WriteAllText(address.SocketPath!, "");
        Assert.True(await address.PrepareAsync(TestContext.Current.CancellationToken));
        Assert.False(File.Exists(address.SocketPath));

        using var living = Bind(address);
        Assert.False(await address.PrepareAsync(TestContext.Current.CancellationToken));
        Assert.True(File.Exists(address.SocketPath));
    }

    private static Socket Bind(ServiceAddress address)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(address.SocketPath!));
        socket.Listen();
        return socket;
    }
}

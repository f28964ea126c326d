using Microsoft.Extensions.Configuration;
using Xopc.Cli.Hosting;
using Xopc.Testing.Storage;

namespace Xopc.Cli.Tests.Hosting;

public sealed class InstanceNameTests : IDisposable
{
    private readonly TempDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void A_service_on_its_socket_keeps_its_name_over_restarts_and_shares_it_with_no_other()
    {
        var agents = NameOf(ServiceRole.Agents);

        Assert.Equal(agents, NameOf(ServiceRole.Agents));
        Assert.NotEqual(agents, NameOf(ServiceRole.Channels));
        Assert.StartsWith(Environment.MachineName, agents, StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_that_was_told_its_address_may_be_one_of_several_and_is_named_by_its_process() =>
        Assert.Null(NameOf(ServiceRole.Agents, Listening.AsHosted));

    [Fact]
    public void A_name_that_was_given_stands() => Assert.Equal("mine", NameOf(ServiceRole.Agents, null, ("Messaging:Instance", "mine")));

    private string? NameOf(ServiceRole role, Listening? listening = null, params (string Name, string Value)[] settings)
    {
        var builder = GatewayHost.CreateBuilder(name => name switch { "XOPC_STATE_DIR" or "HOME" => _home.Path, _ => null });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Name, setting.Value)));
        GatewayHost.Compose(builder, role, listening ?? new Listening(null, ServiceAddress.Of(_home.File("run"), role, _home.Path, windows: false)));
        return builder.Configuration["Messaging:Instance"];
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Xopc.Gateway.Tests.Proxy;

public sealed class KeyRingTests
{
    [Fact]
    public async Task Forwarding_writes_no_keys_into_the_home_directory()
    {
        await using var bundle = await Bundle.StartAsync();

        Assert.DoesNotContain(
            bundle.Edge.Services.GetServices<IHostedService>(),
            service => service.GetType().FullName!.Contains("DataProtection", StringComparison.Ordinal));
        Assert.DoesNotContain("XmlKeyManager", string.Join(' ', bundle.Edge.Log.Lines.Select(line => line.Category)), StringComparison.Ordinal);
    }
}

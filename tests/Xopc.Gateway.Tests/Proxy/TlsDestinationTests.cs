using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Xopc.Contracts;
using Xopc.Testing.Http;

namespace Xopc.Gateway.Tests.Proxy;

/// <summary>Services on other machines, over TLS.</summary>
public sealed class TlsDestinationTests
{
    [Fact]
    public async Task A_service_whose_certificate_nobody_trusts_is_asked_nothing_and_the_log_says_why()
    {
        var files = Directory.CreateTempSubdirectory("xopc-tls-");
        var (certFile, keyFile) = SelfSigned.Write(files.FullName);
        using var certificate = X509Certificate2.CreateFromPemFile(certFile, keyFile);
        await using var bundle = await Bundle.StartAsync();
        await using var service = await TestService.StartAsync(bundle.Credentials, certificate: certificate);
        await using var edge = await EdgeHost.StartAsync(
            configure: options =>
            {
                options.Proxy = true;
                options.RestartPatience = TimeSpan.Zero;
                options.Destinations[XopcServices.Agents] = [service.Destination];
                options.Destinations[XopcServices.Scheduler] = [bundle.Service.Destination];
            },
            state: bundle.State);

        using var refused = await edge.Client.SendAsync(edge.Request(HttpMethod.Get, "/api/sessions"), TestContext.Current.CancellationToken);
        using var neighbour = await edge.Client.SendAsync(edge.Request(HttpMethod.Get, "/api/cron"), TestContext.Current.CancellationToken);

        Assert.StartsWith("https://", service.Destination, StringComparison.Ordinal);
        await refused.IsErrorAsync(ErrorCode.Unavailable);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, neighbour.StatusCode);
        Assert.Empty(service.Arrived);
        Assert.Single(edge.Log.Lines, line => line.Level is LogLevel.Warning && line.Text.Contains("no TLS: The remote certificate", StringComparison.Ordinal));
        files.Delete(recursive: true);
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Xopc.Cli.Tests.Hosting;

/// <summary>What the real program refuses to be, and the TLS that it speaks.</summary>
public sealed class SecureStartTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("""{"gateway":{"bind":"lan","auth":{"mode":"none"}}}""", "gateway.allowUnauthenticatedNetwork")]
    [InlineData("""{"gateway":{"bind":"lan","security":{"strict":true}}}""", "gateway.cors.no_explicit_origins")]
    [InlineData("""{"gateway":{"tls":{"certFile":"/nowhere/cert.pem"}}}""", "gateway.tls")]
    public async Task It_does_not_start_where_others_would_get_in(string configuration, string expected)
    {
        _home.File("state/xopc.json", configuration);

        await using var gateway = XopcProcess.Start(_home.Path, null, "gateway", "--port", "0");

        Assert.Equal(ExitCodes.Configuration, await gateway.ExitAsync());
        Assert.Contains(expected, gateway.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_certificate_it_speaks_HTTPS_and_the_command_line_believes_exactly_that_certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=somewhere else", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        var file = _home.File("state/both.pem", certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        _home.File("state/xopc.json", """{"gateway":{"tls":{"certFile":"FILE"}}}""".Replace("FILE", file, StringComparison.Ordinal));

        await using var gateway = XopcProcess.Start(_home.Path, null, "gateway", "--port", "0");
        var url = await gateway.UrlAsync();
        await using var agent = XopcProcess.Start(_home.Path, null, "agent", "-m", "Hello");

        Assert.Equal("https", url.Scheme);
        Assert.Equal(ExitCodes.Ok, await agent.ExitAsync());

        // Another client that trusts only what the system trusts is not let into believing it.
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri(url, "/health"), TestContext.Current.CancellationToken));
    }
}

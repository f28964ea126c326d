using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xopc.Configuration;
using Xopc.Gateway.Tls;

#pragma warning disable CA5359 // which certificate was shown is what these tests look at; nothing is trusted here

namespace Xopc.Gateway.Tests.Tls;

public sealed class TlsTests : IDisposable
{
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("xopc-tls-");
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);

    public void Dispose() => _state.Delete(recursive: true);

    [Theory]
    [InlineData("pem", null)]
    [InlineData("pem", "opens the key")]
    [InlineData("one", null)]
    [InlineData("pfx", "opens the key")]
    public async Task The_listener_shows_the_configured_certificate_and_speaks_HTTP2(string form, string? password)
    {
        var thumbprint = Write(form, password, "first");
        await using var edge = await StartAsync(form, password);
        var seen = new List<string>();

        Assert.Equal(HttpVersion.Version20, await GetAsync(edge, seen, HttpVersion.Version20));
        Assert.Equal(HttpVersion.Version11, await GetAsync(edge, seen, HttpVersion.Version11));
        Assert.Equal([thumbprint, thumbprint], seen);
    }

    [Fact]
    public void A_key_of_a_curve_that_this_machine_does_not_know_is_the_files_fault()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var bytes = key.ExportPkcs8PrivateKey();
        byte[] curve = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
        bytes[bytes.AsSpan().IndexOf(curve) + curve.Length - 1] = 0x0b;
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, made.ExportCertificatePem() + "\n" + PemEncoding.WriteString("PRIVATE KEY", bytes) + "\n");

            Assert.True(CertificateFiles.IsAtFault(Assert.ThrowsAny<Exception>(() => CertificateFiles.Load(new TlsConfig { CertFile = file }))));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_renewed_certificate_is_shown_without_a_restart_and_a_broken_one_never()
    {
        Write("pem", null, "first");
        await using var edge = await StartAsync("pem", null);
        var worker = edge.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<CertificateWorker>().Single();
        var seen = new List<string>();

        var second = Write("pem", null, "second");
        await worker.DrainOnceAsync(TestContext.Current.CancellationToken);
        await GetAsync(edge, seen, HttpVersion.Version11);

        File.WriteAllText(Path.Combine(_state.FullName, "key.pem"), "-----BEGIN NONSENSE-----");
        await worker.DrainOnceAsync(TestContext.Current.CancellationToken);
        await GetAsync(edge, seen, HttpVersion.Version11);

        Assert.Equal([second, second], seen);
        Assert.Contains(edge.Log.Lines, line => line.Text.Contains("the old one stays", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Files_that_hold_no_certificate_are_a_configuration_error_that_names_the_key()
    {
        File.WriteAllText(Path.Combine(_state.FullName, "cert.pem"), "hello");

        var refused = await Assert.ThrowsAsync<ConfigException>(() => StartAsync("pem", null));

        Assert.Contains("gateway.tls", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_protocol_versions_are_refused()
    {
        Write("pem", null, "first");
        await using var edge = await StartAsync("pem", null);
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, edge.Address.Port, TestContext.Current.CancellationToken);
        await using var tls = new SslStream(socket.GetStream());

#pragma warning disable CA5397, SYSLIB0039 // that they are refused is what is tested
        var old = new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = SslProtocols.Tls11, RemoteCertificateValidationCallback = (_, _, _, _) => true };
#pragma warning restore CA5397, SYSLIB0039
        await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync(old, TestContext.Current.CancellationToken));
    }

    private static async Task<Version> GetAsync(EdgeHost edge, List<string> seen, Version version)
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            seen.Add(((X509Certificate2)certificate!).Thumbprint);
            return true;
        };
        using var client = new HttpClient(handler) { Timeout = EdgeHost.Limit };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(edge.Address, "/health")) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response.Version;
    }

    private Task<EdgeHost> StartAsync(string form, string? password)
    {
        var tls = new JsonObject { ["certFile"] = Path.Combine(_state.FullName, form == "pfx" ? "cert.pfx" : "cert.pem") };
        if (form == "pem")
        {
            tls["keyFile"] = Path.Combine(_state.FullName, "key.pem");
        }

        if (password is not null)
        {
            tls["keyPassword"] = password;
        }

        File.WriteAllText(Path.Combine(_state.FullName, "xopc.json"), new JsonObject { ["gateway"] = new JsonObject { ["tls"] = tls } }.ToJsonString());
        return EdgeHost.StartAsync(
            build: builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(_clock); // the worker looks when the test says so
                builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.UseGatewayTls()));
            },
            state: _state.FullName);
    }

    // The thumbprint of a new self-signed certificate in the files.
    private string Write(string form, string? password, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        var pem = certificate.ExportCertificatePem() + "\n";
        var keyPem = password is null ? key.ExportPkcs8PrivateKeyPem() : key.ExportEncryptedPkcs8PrivateKeyPem(password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
        File.WriteAllText(Path.Combine(_state.FullName, "cert.pem"), form == "one" ? pem + keyPem : pem);
        File.WriteAllText(Path.Combine(_state.FullName, "key.pem"), keyPem);
        File.WriteAllBytes(Path.Combine(_state.FullName, "cert.pfx"), certificate.Export(X509ContentType.Pkcs12, password));
        return certificate.Thumbprint;
    }
}

using Xopc.Testing.Http;

namespace Xopc.EndToEnd.Tests;

/// <summary>Services that the edge reaches over TLS, as those on other machines.</summary>
public sealed class TlsServicesTests
{
    [Fact]
    public async Task Services_with_a_certificate_that_the_edges_machine_trusts_are_reached_over_TLS_streams_included()
    {
        var files = Directory.CreateTempSubdirectory("xopc-tls-");
        var (certFile, keyFile) = SelfSigned.Write(files.FullName);
        await using var xopc = await Deployment.StartAsync(Shape.TwoReplicas, new Dictionary<string, string>
        {
            ["Kestrel__Certificates__Default__Path"] = certFile, ["Kestrel__Certificates__Default__KeyPath"] = keyFile,
            ["SSL_CERT_FILE"] = certFile, // what OpenSSL trusts beside its directory of roots
        });
        using var events = await xopc.Edge.StreamAsync(HttpMethod.Get, "/api/events");
        Assert.Equal("connected", (await events.NextAsync())!.Type);

        var (status, body) = await xopc.SendAsync(HttpMethod.Post, "/api/agent", """{"message":"over TLS","sessionKey":"agent:main:tls"}""");

        Assert.Equal(200, status);
        Assert.Contains("over TLS", body!.ToJsonString(), StringComparison.Ordinal);
        Assert.NotNull(await events.NextAsync());
        files.Delete(recursive: true);
    }
}

using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Xopc.Gateway.Tls;
using Xopc.Testing.Http;

namespace Xopc.Gateway.Tests;

/// <summary>What makes an <see cref="EdgeHost"/> speak HTTPS, and so HTTP/2, without the limits an attacker on this machine would meet first.</summary>
internal static class TlsEdge
{
    /// <summary>The section <c>gateway</c>, with a certificate of its own in the directory.</summary>
    public static string Section(string directory)
    {
        var (certFile, keyFile) = SelfSigned.Write(directory);
        return new JsonObject
        {
            ["rateLimit"] = new JsonObject { ["enabled"] = false },
            ["auth"] = new JsonObject { ["rateLimit"] = new JsonObject { ["enabled"] = false } },
            ["tls"] = new JsonObject { ["certFile"] = certFile, ["keyFile"] = keyFile },
        }.ToJsonString();
    }

    public static void Build(WebApplicationBuilder builder) =>
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.UseGatewayTls()));
}

using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xopc.Contracts;
using Xopc.Gateway.Tests.Proxy;
using Xopc.ServiceDefaults.Http;
using Xopc.Testing.Attacks;

namespace Xopc.Gateway.Tests.Abuse;

/// <summary>Requests over HTTP/2 that would be two in HTTP/1.1, in front of the modules' own endpoints and in front of a service.</summary>
public sealed class Http2FramingTests : IDisposable
{
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("xopc-http2-");

    public void Dispose() => _state.Delete(recursive: true);

    [Fact]
    public async Task Before_a_service_a_request_stays_one_and_what_it_is()
    {
        await using var bundle = await Bundle.StartAsync(tls: true);

        await AttackAsync(bundle.Edge, () => bundle.Service.Asked);
    }

    [Fact]
    public async Task Before_local_endpoints_a_request_stays_one_and_what_it_is()
    {
        var seen = new ConcurrentQueue<string>();
        await using var edge = await EdgeHost.StartAsync(
            map: app =>
            {
                app.MapPost("/api/agent", (HttpContext context) => SeeAsync(context, seen)).RequireScope(OperatorScope.Write);
                app.MapGet("/api/agent/{**rest}", (HttpContext context) => SeeAsync(context, seen)).RequireScope(OperatorScope.Read);
            },
            build: TlsEdge.Build, gateway: TlsEdge.Section(_state.FullName), state: _state.FullName);

        await AttackAsync(edge, () => seen);
    }

    private static async Task AttackAsync(EdgeHost edge, Func<IEnumerable<string>> seen)
    {
        var faults = new List<string>();
        Assert.Equal(200, await ExchangeAsync(edge, DoubtfulHttp2Request.Honest(EdgeHost.Token)));
        Assert.Equal(["POST /api/agent"], seen());

        foreach (var request in DoubtfulHttp2Request.All(EdgeHost.Token))
        {
            var before = seen().Count();
            var status = await ExchangeAsync(edge, request);
            var arrived = string.Join(", ", seen().Skip(before));
            TestContext.Current.TestOutputHelper?.WriteLine($"{request}: {status?.ToString() ?? "ended"}, {arrived}");

            // Refused, or what it says it is and nothing else: no second one, no other address, no other method.
            if (arrived.Length > 0 && (request.MustFail || arrived != "POST /api/agent"))
            {
                faults.Add($"{request}: it became {arrived}");
            }

            if (status is >= 500 and not 501)
            {
                faults.Add($"{request}: answered {status}");
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.Equal(200, await ExchangeAsync(edge, DoubtfulHttp2Request.Honest(EdgeHost.Token)));
        Assert.DoesNotContain(edge.Log.Lines, line => line.Level >= LogLevel.Error);
    }

    private static async Task<int?> ExchangeAsync(EdgeHost edge, DoubtfulHttp2Request request)
    {
        await using var wire = await Http2Wire.ConnectAsync(edge.Address, TestContext.Current.CancellationToken);
        request.Send(wire);
        if (!await wire.FlushAsync(TestContext.Current.CancellationToken))
        {
            return null;
        }

        // A stream that was reset may still be on its way to its endpoint: whoever counts what arrived waits for the end of the connection.
        var status = await wire.ReadStatusAsync(1, TestContext.Current.CancellationToken).WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken);
        await wire.EndAsync(TestContext.Current.CancellationToken).WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken);
        return status;
    }

    private static async Task SeeAsync(HttpContext context, ConcurrentQueue<string> seen)
    {
        seen.Enqueue($"{context.Request.Method} {context.Request.Path}");
        await context.Request.Body.CopyToAsync(Stream.Null);
        await context.Response.WriteAsync("seen");
    }
}

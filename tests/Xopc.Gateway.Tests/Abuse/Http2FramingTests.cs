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
        Assert.Equal(200, await ExchangeAsync(edge, DoubtfulHttp2Request.Honest(EdgeHost.Token), 0));
        Assert.Equal(["POST /api/agent #0"], seen());

        var requests = DoubtfulHttp2Request.All(EdgeHost.Token);
        for (var number = 1; number <= requests.Count; number++)
        {
            var request = requests[number - 1];
            var status = await ExchangeAsync(edge, request, number);
            TestContext.Current.TestOutputHelper?.WriteLine($"#{number} {request}: {status?.ToString() ?? "ended"}");
            if (status is >= 500 and not 501)
            {
                faults.Add($"{request}: answered {status}");
            }
        }

        Assert.Equal(200, await ExchangeAsync(edge, DoubtfulHttp2Request.Honest(EdgeHost.Token), requests.Count + 1));

        // Refused, or what it says it is and nothing else: no second one, no other address, no other method.
        foreach (var arrived in seen().GroupBy(one => one.Split(" #") is [_, var mark] ? int.Parse(mark) : -1))
        {
            var request = arrived.Key > 0 && arrived.Key <= requests.Count ? requests[arrived.Key - 1] : null;
            if (arrived.Count() != 1 || request is { MustFail: true } || arrived.Single() != $"POST /api/agent #{arrived.Key}")
            {
                faults.Add($"{request?.Name ?? "one without a mark"} became {string.Join(", ", arrived)}");
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.DoesNotContain(edge.Log.Lines, line => line.Level >= LogLevel.Error);
    }

    private static async Task<int?> ExchangeAsync(EdgeHost edge, DoubtfulHttp2Request request, int number)
    {
        await using var wire = await Http2Wire.ConnectAsync(edge.Address, TestContext.Current.CancellationToken);
        wire.Mark = AttackMark.Of(number);
        request.Send(wire);
        if (!await wire.FlushAsync(TestContext.Current.CancellationToken))
        {
            return null;
        }

        var status = await wire.ReadStatusAsync(1, TestContext.Current.CancellationToken).WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken);
        await wire.EndAsync(TestContext.Current.CancellationToken).WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken);
        return status;
    }

    private static async Task SeeAsync(HttpContext context, ConcurrentQueue<string> seen)
    {
        seen.Enqueue(AttackMark.Describe(context.Request));
        await context.Request.Body.CopyToAsync(Stream.Null);
        await context.Response.WriteAsync("seen");
    }
}

using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xopc.Contracts;
using Xopc.Gateway.Tests.Proxy;
using Xopc.ServiceDefaults.Http;
using Xopc.Testing.Attacks;

namespace Xopc.Gateway.Tests.Abuse;

/// <summary>Requests whose end is in doubt, in front of the modules' own endpoints and in front of a service.</summary>
public sealed class FramingTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task Before_local_endpoints_no_second_request_hides_in_one_whose_end_is_in_doubt()
    {
        var seen = new ConcurrentQueue<string>();
        await using var edge = await EdgeHost.StartAsync(map: app =>
        {
            app.MapPost("/api/agent", (HttpContext context) => SeeAsync(context, seen)).RequireScope(OperatorScope.Write);
            app.MapGet("/api/agent/{**rest}", (HttpContext context) => SeeAsync(context, seen)).RequireScope(OperatorScope.Read);
        });

        await AttackAsync(edge, () => seen);
    }

    [Fact]
    public async Task Before_a_service_no_second_request_hides_in_one_whose_end_is_in_doubt()
    {
        await using var bundle = await Bundle.StartAsync();

        await AttackAsync(bundle.Edge, () => bundle.Service.Asked);
    }

    [Theory]
    [InlineData("Content-Length: 900000", "Authorization: Bearer wrong")]
    [InlineData("Content-Length: 900000", "Origin: https://evil.example")]
    [InlineData("Content-Length: 1100000", "Authorization: Bearer " + EdgeHost.Token)]
    [InlineData("Content-Length: 900000", "X-Many: 1\r\nX-Many: 2")]
    [InlineData("Content-Length: 60000", "Authorization: Bearer wrong")]
    public async Task The_body_of_a_refused_request_is_never_taken_for_the_next_one(string length, string header)
    {
        await using var bundle = await Bundle.StartAsync();
        var second = DoubtfulRequest.Smuggled(EdgeHost.Token).Replace("Connection: close\r\n", "", StringComparison.Ordinal);
        var request = new DoubtfulRequest("refused", $"POST /api/echo HTTP/1.1\r\nHost: localhost\r\n{header}\r\n{length}\r\n\r\n{string.Concat(Enumerable.Repeat(second, 400))}");

        var answer = await ExchangeAsync(bundle.Edge, request);

        Assert.True(Count(answer, "HTTP/1.1 ") <= 1, answer);
        Assert.Empty(bundle.Service.Asked);
    }

    private static async Task AttackAsync(EdgeHost edge, Func<IEnumerable<string>> seen)
    {
        var faults = new List<string>();
        await using var neighbour = await Wire.ConnectAsync(edge.Address, TestContext.Current.CancellationToken);

        // That two honest requests on one connection both arrive is what the counting rests on.
        var honest = DoubtfulRequest.Honest(EdgeHost.Token);
        var answers = await ExchangeAsync(edge, honest, EdgeHost.Limit);
        Assert.Equal(2, Count(answers, "HTTP/1.1 200 "));
        Assert.Equal(["POST /api/agent", "GET " + DoubtfulRequest.SmuggledPath], seen());

        foreach (var request in DoubtfulRequest.All(EdgeHost.Token))
        {
            var before = seen().Count();
            var answer = await ExchangeAsync(edge, request);
            var arrived = seen().Skip(before).ToList();
            if (arrived.Any(line => line.Contains("smuggled", StringComparison.Ordinal)))
            {
                faults.Add($"{request}: the second request arrived ({string.Join(", ", arrived)})");
            }

            if (Count(answer, "HTTP/1.1 ") > 1)
            {
                faults.Add($"{request}: answered more than once");
            }

            if (answer.Length > 0 && RawHttp.Status(answer) is not (>= 400 and < 500 or 501 or 505))
            {
                faults.Add($"{request}: {answer.Split('\r')[0]}");
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.True(await neighbour.SendAsync("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", TestContext.Current.CancellationToken));
        Assert.StartsWith("HTTP/1.1 200 ", await neighbour.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.DoesNotContain(edge.Log.Lines, line => line.Level >= LogLevel.Error);
    }

    // A server that is still waiting for more is told that there is none. The pause decides nothing: a slow answer is read as well.
    private static async Task<string> ExchangeAsync(EdgeHost edge, DoubtfulRequest request, TimeSpan? patience = null)
    {
        await using var wire = await Wire.ConnectAsync(edge.Address, TestContext.Current.CancellationToken);
        await wire.SendAsync(request.Text, TestContext.Current.CancellationToken);
        var answer = wire.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var pause = new CancellationTokenSource(patience ?? Pause);
        var paused = new TaskCompletionSource();
        await using var registration = pause.Token.Register(paused.SetResult);
        if (await Task.WhenAny(answer, paused.Task) != answer)
        {
            wire.HalfClose();
        }

        return await answer.WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static async Task SeeAsync(HttpContext context, ConcurrentQueue<string> seen)
    {
        seen.Enqueue($"{context.Request.Method} {context.Request.Path}");
        await context.Request.Body.CopyToAsync(Stream.Null);
        await context.Response.WriteAsync("seen");
    }
}

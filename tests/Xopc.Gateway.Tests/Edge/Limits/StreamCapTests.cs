using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Contracts;
using Xopc.Gateway.Edge;
using Xopc.Gateway.Edge.Limits;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Tests.Edge.Limits;

public sealed class StreamCapTests
{
    [Fact]
    public async Task The_operator_may_have_as_many_streams_as_the_gateway_and_a_closed_one_makes_room()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: """{"maxSseConnections":2}""");
        using var one = await OpenAsync(edge);
        var two = await OpenAsync(edge);

        using var refused = await OpenAsync(edge);
        await refused.IsErrorAsync(ErrorCode.TooManyConnections, "2 event streams are open already (gateway.maxSseConnections).");
        Assert.Equal(TimeSpan.FromSeconds(5), refused.Headers.RetryAfter?.Delta);
        Assert.Equal(HttpStatusCode.OK, (await edge.Client.SendAsync(edge.Request(HttpMethod.Get, "/api/who"), TestContext.Current.CancellationToken)).StatusCode);

        two.Dispose();
        await OpensAgainAsync(edge);
    }

    [Fact]
    public async Task The_number_is_read_again_without_a_restart()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: """{"maxSseConnections":1}""");
        using var one = await OpenAsync(edge);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await OpenAsync(edge)).StatusCode);

        await edge.ReconfigureAsync("""{"maxSseConnections":2}""");

        using var two = await OpenAsync(edge);
        Assert.Equal(HttpStatusCode.OK, two.StatusCode);
    }

    [Theory]
    [InlineData("GET", true, null, true)]
    [InlineData("GET", false, "application/json, text/event-stream", true)]
    [InlineData("POST", false, "Text/Event-Stream", true)]
    [InlineData("POST", false, "application/json", false)]
    public async Task A_key_has_fewer_and_whatever_may_become_a_stream_counts(string method, bool annotated, string? accept, bool counts)
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: """{"maxStreamsPerKey":1}""");
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var caps = new StreamCaps(_ => release.Task, edge.Services.GetRequiredService<EdgeSettings>(), edge.Services.GetRequiredService<EdgeMetrics>());

        var first = caps.InvokeAsync(Context("key:a"));
        var context = Context("key:a");
        var second = caps.InvokeAsync(context);
        var other = caps.InvokeAsync(Context("key:b"));

        // A refused one has ended; the others are held by what comes behind.
        Assert.Equal((counts, counts ? 503 : 200), (second.IsCompleted, context.Response.StatusCode));
        Assert.False(first.IsCompleted || other.IsCompleted);
        release.SetResult();
        await Task.WhenAll(first, second, other);
        var third = Context("key:a");
        await caps.InvokeAsync(third);
        Assert.Equal(200, third.Response.StatusCode);

        DefaultHttpContext Context(string principal)
        {
            var context = new DefaultHttpContext { Request = { Method = method } };
            context.SetPrincipal(new Principal(principal, OperatorScope.Read));
            context.Request.Headers.Accept = accept;
            context.SetEndpoint(new Endpoint(null, annotated ? new EndpointMetadataCollection(EndpointLoad.Stream) : EndpointMetadataCollection.Empty, null));
            return context;
        }
    }

    private static async Task<HttpResponseMessage> OpenAsync(EdgeHost edge)
    {
        using var request = edge.Request(HttpMethod.Get, "/api/stream");
        return await edge.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>The server notices a closed connection by itself; nothing tells the client when.</summary>
    private static async Task OpensAgainAsync(EdgeHost edge)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(EdgeHost.Limit);
        while (true)
        {
            using var response = await OpenAsync(edge);
            if (response.StatusCode is HttpStatusCode.OK)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }
    }
}

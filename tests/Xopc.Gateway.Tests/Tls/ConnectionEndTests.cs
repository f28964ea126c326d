using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xopc.Gateway.Edge;
using Xopc.Gateway.Tls;

namespace Xopc.Gateway.Tests.Tls;

public sealed class ConnectionEndTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly CancellationTokenSource _socket = new();
    private readonly TaskCompletionSource _protocol = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public void Dispose()
    {
        _socket.Dispose();
        _services.Dispose();
    }

    [Fact]
    public async Task A_protocol_that_does_not_end_is_given_up_a_while_after_its_socket()
    {
        var connection = Run();

        _clock.Advance(10 * RequestLimits.AfterClose);
        Assert.False(connection.IsCompleted, "The socket is open.");
        await _socket.CancelAsync();

        using var limit = new CancellationTokenSource(EdgeHost.Limit);
        while (!connection.IsCompleted)
        {
            Assert.False(limit.IsCancellationRequested, "The connection is kept for ever.");
            _clock.Advance(RequestLimits.AfterClose);
            await Task.Yield();
        }

        await connection;
        Assert.False(_protocol.Task.IsCompleted);
    }

    [Fact]
    public async Task A_protocol_that_needs_a_moment_after_its_socket_gets_it()
    {
        var connection = Run();
        await _socket.CancelAsync();
        _clock.Advance(RequestLimits.AfterClose - TimeSpan.FromTicks(1));
        Assert.False(connection.IsCompleted);

        _protocol.SetResult();

        await connection.WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_the_protocol_throws_is_thrown()
    {
        var connection = Run();
        _protocol.SetException(new InvalidDataException("the protocol's"));

        await Assert.ThrowsAsync<InvalidDataException>(() => connection.WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken));
    }

    private Task Run()
    {
        var end = new ConnectionEnd(_clock, new EdgeMetrics(_services.GetRequiredService<IMeterFactory>()));
        return end.OnConnectionAsync(new DefaultConnectionContext { ConnectionClosed = _socket.Token }, _ => _protocol.Task);
    }
}

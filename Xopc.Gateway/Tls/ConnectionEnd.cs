using Microsoft.AspNetCore.Connections;
using Xopc.Gateway.Edge;

namespace Xopc.Gateway.Tls;

/// <summary>
/// Ends a connection a while after its socket has ended, whether the protocol on it has ended or not. Kestrel's HTTP/2 loop waits for every stream of a
/// connection that was aborted, and a stream whose answer was being written at that moment may never report its end (dotnet/aspnetcore#51307). The
/// connection would keep its place among <see cref="Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerLimits.MaxConcurrentConnections"/> for good: resetting streams
/// loses every third, and whoever has lost all of them has shut everybody out.
/// </summary>
internal sealed class ConnectionEnd(TimeProvider clock, EdgeMetrics metrics)
{
    public async Task OnConnectionAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var protocol = next(connection);
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (connection.ConnectionClosed.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), closed))
        {
            await Task.WhenAny(protocol, closed.Task);
        }

        // What runs for the client has been told that it left, and gets time to notice.
        await protocol.WaitAsync(RequestLimits.AfterClose, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (protocol.IsCompleted)
        {
            await protocol;
        }
        else
        {
            // Nothing will ever complete it, and nothing but itself refers to it: it is collected.
            metrics.Abandoned();
        }
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Xopc.Cli.Hosting;

/// <summary>
/// Stops accepting the moment a stop begins. Kestrel would go on until its own turn comes, after the running turns were waited for, and take requests
/// that nobody works on any more; refused, or left in the queue of a passed socket, they find the next process.
/// </summary>
internal sealed class EarlyUnbinding(IOptions<SocketTransportOptions> options, ILoggerFactory logs, IHostApplicationLifetime lifetime)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory _sockets = new(options, logs);

    public bool CanBind(EndPoint endpoint) => _sockets.CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var passed = endpoint is FileHandleEndPoint file ? (int?)file.FileHandle : null;
        if (passed is { } descriptor)
        {
            PassedSockets.SetInherited(descriptor, false); // no tool that an agent runs has business with it
        }

        return new Listener(await _sockets.BindAsync(endpoint, cancellationToken), passed, lifetime.ApplicationStopping);
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "The registration lives as long as the listener, which the host disposes of.")]
    private sealed class Listener : IConnectionListener
    {
        private readonly IConnectionListener _inner;
        private readonly int? _passed;
        private readonly CancellationTokenRegistration _stopping;
        private readonly Lock _gate = new();
        private Task? _unbound;

        public Listener(IConnectionListener inner, int? passed, CancellationToken stopping)
        {
            (_inner, _passed) = (inner, passed);
            _stopping = stopping.Register(() => Unbind());
        }

        public EndPoint EndPoint => _inner.EndPoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => _inner.AcceptAsync(cancellationToken);

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => new(Unbind());

        public async ValueTask DisposeAsync()
        {
            await _stopping.DisposeAsync();
            await Unbind();
            await _inner.DisposeAsync();
        }

        // Closing a socket waits for nothing; whoever unbinds second gets the first one's task.
        private Task Unbind()
        {
            lock (_gate)
            {
                return _unbound ??= UnbindOnce();
            }
        }

        private Task UnbindOnce()
        {
            // Where a thread is just inside accept, .NET shuts the socket down before it closes it, which would end it for the supervisor and for the next
            // process too and reset whoever waits in its queue; one that may be inherited it only closes (SafeSocketHandle.TryUnblockSocket).
            if (_passed is { } descriptor)
            {
                PassedSockets.SetInherited(descriptor, true);
            }

            return _inner.UnbindAsync(CancellationToken.None).AsTask();
        }
    }
}

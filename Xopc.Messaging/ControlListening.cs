using Microsoft.Extensions.Hosting;
using Xopc.Contracts.Messages;

namespace Xopc.Messaging;

/// <summary>Attaches what is registered as <see cref="IControlHandler"/> for as long as the process runs.</summary>
internal sealed class ControlListening(IControlBroadcast control, IEnumerable<IControlHandler> handlers) : IHostedService
{
    private IDisposable[] _attached = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _attached = [.. handlers.Select(handler => control.Attach(handler.Hear))];
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var attached in _attached)
        {
            attached.Dispose();
        }

        return Task.CompletedTask;
    }
}

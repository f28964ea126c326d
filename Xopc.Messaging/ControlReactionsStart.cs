using Microsoft.Extensions.Hosting;
using Xopc.Contracts.Messages;

namespace Xopc.Messaging;

/// <summary>Lets every registered <see cref="ControlReaction"/> of this process hear the control messages, for as long as the process lives.</summary>
internal sealed class ControlReactionsStart(IControlBroadcast control, IEnumerable<ControlReaction> reactions) : IHostedService
{
    private readonly ControlReaction[] _reactions = [.. reactions];
    private IDisposable? _attached;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _attached = _reactions.Length > 0 ? control.Attach(Call) : null;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _attached?.Dispose();
        return Task.CompletedTask;
    }

    private void Call(ControlMessage message)
    {
        foreach (var reaction in _reactions)
        {
            if (reaction.Kind == message.Kind)
            {
                reaction.React(message);
            }
        }
    }
}

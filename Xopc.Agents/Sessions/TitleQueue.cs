using System.Threading.Channels;

namespace Xopc.Agents.Sessions;

/// <summary>Sessions that wait for a name: 64, the oldest gives way.</summary>
internal sealed class TitleQueue
{
    private readonly Channel<TitleRequest> _requests = Channel.CreateBounded<TitleRequest>(
        new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public ChannelReader<TitleRequest> Reader => _requests.Reader;

    public void Add(TitleRequest request) => _requests.Writer.TryWrite(request);
}

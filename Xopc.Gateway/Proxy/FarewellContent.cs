using System.Net;

namespace Xopc.Gateway.Proxy;

/// <summary>
/// A service's event stream on its way through the edge. When the edge stops it ends between two frames with the edge's own farewell, so that the client
/// sees a complete answer and a time to come back; the service sees its client leave.
/// </summary>
internal sealed class FarewellContent(HttpContent inner, CancellationToken stopping) : HttpContent
{
    protected override async Task<Stream> CreateContentReadStreamAsync() => new FarewellStream(await inner.ReadAsStreamAsync(stopping), stopping);

    protected override Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) => CreateContentReadStreamAsync();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        throw new NotSupportedException("A forwarded stream is read, not written."); // the forwarder copies; nothing else gets to see it

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}

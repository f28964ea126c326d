using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Proxy;

/// <summary>The reading side of <see cref="FarewellContent"/>: passes on what comes and knows whether the last of it ended a frame.</summary>
internal sealed class FarewellStream(Stream inner, CancellationToken stopping) : Stream
{
    // How a blank line can be spelled; a frame ends with one.
    private const byte LineFeed = (byte)'\n';
    private const byte CarriageReturn = (byte)'\r';

    private CancellationTokenSource? _reading;
    private CancellationToken _readingFor;
    private ReadOnlyMemory<byte>? _farewell;
    private int _lineFeeds = 2; // before the first frame is between frames
    private bool _ended;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ended)
        {
            return 0;
        }

        if (_farewell is null && !(stopping.IsCancellationRequested && BetweenFrames))
        {
            try
            {
                // In the middle of a frame its rest is waited for: services send frames whole, so it is on its way.
                var read = await inner.ReadAsync(buffer, BetweenFrames ? UntilStopping(cancellationToken) : cancellationToken);
                Note(buffer.Span[..read]);
                _ended = read == 0 && buffer.Length > 0;
                return read;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                // Nothing was lost: a read that is cancelled has taken nothing.
            }
        }

        return SayBye(buffer.Span);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _reading?.Dispose();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool BetweenFrames => _lineFeeds >= 2;

    // The forwarder reads a stream with one token from beginning to end, so this is made once, not for every frame.
    private CancellationToken UntilStopping(CancellationToken cancellationToken)
    {
        if (_reading is null || _readingFor != cancellationToken)
        {
            _reading?.Dispose();
            _reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
            _readingFor = cancellationToken;
        }

        return _reading.Token;
    }

    private void Note(ReadOnlySpan<byte> read)
    {
        var at = read.Length;
        while (at > 0 && read[at - 1] is LineFeed or CarriageReturn)
        {
            at--;
        }

        var trailing = read[at..].Count(LineFeed);
        _lineFeeds = at == 0 ? _lineFeeds + trailing : trailing;
    }

    private int SayBye(Span<byte> buffer)
    {
        var rest = _farewell ??= Farewell.Frame();
        var length = Math.Min(rest.Length, buffer.Length);
        rest.Span[..length].CopyTo(buffer);
        _farewell = rest[length..];
        _ended = length == rest.Length;
        return length;
    }
}

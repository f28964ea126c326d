using System.Buffers;

namespace Xopc.Agents.Models;

/// <summary>
/// Takes the data of server-sent events out of a response, without a string per event. Call <see cref="TryTake"/> until it says no, then
/// <see cref="FillAsync"/>. Understands what servers really send: comments as keep-alives, LF and CRLF, frames without the blank line between them,
/// a bare JSON object in place of a frame, a last frame without its line end.
/// </summary>
internal sealed class SseReader(Stream stream) : IDisposable
{
    /// <summary>Some servers send a whole tool call, a file's content among its arguments, as one frame.</summary>
    public const int MaxFrame = 4 * 1024 * 1024;

    /// <summary>128,000 tokens at some 250 bytes of frame each, twice over.</summary>
    public const long MaxTotal = 64L * 1024 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private PooledBuffer? _joined;
    private bool _joinedTaken;
    private int _start;
    private int _end;
    private int _scanned;
    private long _total;
    private bool _ended;

    /// <summary>The next frame's data, valid until the next call.</summary>
    /// <exception cref="ModelCallException">The stream ended inside a frame.</exception>
    public bool TryTake(out ReadOnlySpan<byte> data)
    {
        while (TryTakeLine(out var line))
        {
            if (Accept(line, out data))
            {
                return true;
            }
        }

        data = default;
        return false;
    }

    /// <summary>Reads more; false at the end of the stream, when nothing is left to take either.</summary>
    /// <exception cref="ModelCallException">A frame or the response is larger than its bound.</exception>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_ended)
        {
            return false;
        }

        MakeRoom();
        var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += count;
        _total += count;
        if (_total > MaxTotal)
        {
            throw new ModelCallException(ModelFailureKind.Malformed, $"sent more than {MaxTotal >> 20} MiB");
        }

        _ended = count == 0;
        return count > 0 || _start < _end || _joined is { Written.Length: > 0 };
    }

    public void Dispose()
    {
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _joined?.Dispose();
    }

    private bool TryTakeLine(out ReadOnlySpan<byte> line)
    {
        var at = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n');
        if (at < 0)
        {
            _scanned = _end;
            return TryTakeLastLine(out line);
        }

        var lineEnd = _scanned + at;
        line = _buffer.AsSpan(_start, lineEnd - _start).TrimEnd((byte)'\r');
        _start = _scanned = lineEnd + 1;
        return true;
    }

    private bool TryTakeLastLine(out ReadOnlySpan<byte> line)
    {
        line = default;
        if (!_ended)
        {
            return false;
        }

        if (_start < _end)
        {
            line = _buffer.AsSpan(_start, _end - _start).TrimEnd((byte)'\r');
            _start = _scanned = _end;
            var payload = Payload(line);
            return payload.IsEmpty || IsWhole(payload) ? true : throw Cut();
        }

        // A frame of several lines that nothing closed: an empty line closes it.
        return _joined is { Written.Length: > 0 } && !_joinedTaken;
    }

    private bool Accept(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (_joinedTaken)
        {
            _joined!.Clear();
            _joinedTaken = false;
        }

        if (line.IsEmpty)
        {
            if (_joined is not { Written.Length: > 0 })
            {
                return false;
            }

            data = _joined.Written.Span;
            return _joinedTaken = true;
        }

        var payload = Payload(line);
        if (payload.IsEmpty)
        {
            return false;
        }

        if (_joined is not { Written.Length: > 0 } && IsWhole(payload))
        {
            data = payload;
            return true;
        }

        Join(payload);
        return false;
    }

    private void Join(ReadOnlySpan<byte> payload)
    {
        _joined ??= new PooledBuffer(1024, MaxFrame);
        try
        {
            if (_joined.Written.Length > 0)
            {
                _joined.Append("\n"u8);
            }

            _joined.Append(payload);
        }
        catch (BufferLimitException ex)
        {
            throw TooLarge(ex);
        }
    }

    // data: {"a":1} and, against the rules but seen, a line that is just {"error":…}.
    private static ReadOnlySpan<byte> Payload(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("data:"u8))
        {
            var payload = line[5..];
            return payload.StartsWith(" "u8) ? payload[1..] : payload;
        }

        return line.StartsWith("{"u8) ? line : default;
    }

    private static bool IsWhole(ReadOnlySpan<byte> payload) => (payload.StartsWith("{"u8) && payload.EndsWith("}"u8)) || payload.SequenceEqual("[DONE]"u8);

    private void MakeRoom()
    {
        if (_start == _end)
        {
            _start = _end = _scanned = 0;
            return;
        }

        if (_end < _buffer.Length)
        {
            return;
        }

        var left = _end - _start;
        if (left > MaxFrame)
        {
            throw TooLarge(null);
        }

        var target = left > _buffer.Length / 2 ? ArrayPool<byte>.Shared.Rent(_buffer.Length * 2) : _buffer;
        Buffer.BlockCopy(_buffer, _start, target, 0, left);
        if (!ReferenceEquals(target, _buffer))
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }

        (_start, _scanned, _end) = (0, _scanned - _start, left);
    }

    private static ModelCallException TooLarge(Exception? inner) =>
        new(ModelFailureKind.Malformed, $"sent a frame of more than {MaxFrame >> 20} MiB", inner: inner);

    private static ModelCallException Cut() => new(ModelFailureKind.Network, "broke off in the middle of an answer", isTransient: true);
}

using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Xopc.Cli.Conversation;

/// <summary>
/// Reads server-sent events. Differs from the framework's parser in what a long watch needs: silence longer than <paramref name="idle"/> counts as a
/// broken connection (the gateway sends a comment every 15 s), a frame has a bound, and an event without an id has none instead of its predecessor's.
/// </summary>
internal sealed class SseReader(Stream stream, TimeSpan idle, TimeProvider clock)
{
    /// <summary>Above the largest thing the gateway sends in one event: a tool's result, cut at 100,000 characters.</summary>
    private const int MaxFrameBytes = 4 * 1024 * 1024;

    private const int MaxRetryMilliseconds = 10_000;

    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly ArrayBufferWriter<byte> _line = new(256);
    private int _start;
    private int _end;
    private bool _afterCarriageReturn;

    /// <summary>How long the server wants its clients to wait before they come back, bounded; null while it has not said.</summary>
    public TimeSpan? Retry { get; private set; }

    /// <exception cref="TimeoutException">Nothing arrived for too long.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="InvalidDataException">A frame is larger than any the gateway sends.</exception>
    public async IAsyncEnumerable<SseFrame> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? id = null;
        var type = "message";
        var data = new StringBuilder();
        while (await ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length == 0)
            {
                if (data.Length > 0)
                {
                    yield return new SseFrame(id, type, data.ToString(0, data.Length - 1));
                }

                (id, type) = (null, "message");
                data.Clear();
                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var (field, value) = colon < 0 ? (line, "") : (line[..colon], line[(colon + 1)..]);
            value = value.StartsWith(' ') ? value[1..] : value;
            switch (field)
            {
                case "id" when !value.Contains('\0', StringComparison.Ordinal):
                    id = value;
                    break;
                case "event":
                    type = value;
                    break;
                case "retry" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds):
                    Retry = TimeSpan.FromMilliseconds(Math.Min(milliseconds, MaxRetryMilliseconds));
                    break;
                case "data":
                    data.Append(value).Append('\n');
                    break;
            }

            if (data.Length > MaxFrameBytes)
            {
                throw new InvalidDataException("The stream holds an event larger than any the gateway sends.");
            }
        }
    }

    // Null at the end of the stream; an unfinished line is dropped with its frame, as the format wants.
    private async ValueTask<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        _line.ResetWrittenCount();
        while (true)
        {
            if (_start == _end && !await FillAsync(cancellationToken))
            {
                return null;
            }

            if (_afterCarriageReturn)
            {
                _afterCarriageReturn = false;
                if (_buffer[_start] == '\n')
                {
                    _start++;
                    continue;
                }
            }

            var rest = _buffer.AsSpan(_start, _end - _start);
            var length = rest.IndexOfAny((byte)'\r', (byte)'\n');
            _line.Write(length < 0 ? rest : rest[..length]);
            if (_line.WrittenCount > MaxFrameBytes)
            {
                throw new InvalidDataException("The stream holds a line longer than any the gateway sends.");
            }

            if (length < 0)
            {
                _start = _end;
                continue;
            }

            _afterCarriageReturn = rest[length] == '\r';
            _start += length + 1;
            return Encoding.UTF8.GetString(_line.WrittenSpan);
        }
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(idle, clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            (_start, _end) = (0, await stream.ReadAsync(_buffer, linked.Token));
            return _end > 0;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("The gateway has been silent for too long.");
        }
    }
}

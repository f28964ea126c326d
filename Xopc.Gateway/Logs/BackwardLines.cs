using System.Buffers;

namespace Xopc.Gateway.Logs;

/// <summary>The lines of a file from a place back to its beginning. Reads each byte once and keeps no more than the longest line.</summary>
internal sealed class BackwardLines : IDisposable
{
    /// <summary>Of a longer line only a beginning is kept.</summary>
    public const int LongestLine = 1024 * 1024;

    private const int Chunk = 64 * 1024;

    private readonly FileStream _file;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Chunk);
    private long _bufferStart;
    private int _length;

    /// <param name="file">Owned from here on.</param>
    /// <param name="end">Where to begin: behind a line feed. What follows the last line feed before it is still being written and is left out.</param>
    public BackwardLines(FileStream file, long end)
    {
        _file = file;
        _bufferStart = end;
        End = end;
        Start = end;
    }

    /// <summary>Bytes read so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Where the current line begins; before the first one, where reading began.</summary>
    public long Start { get; private set; }

    /// <summary>Behind the current line's line feed.</summary>
    public long End { get; private set; }

    /// <summary>The current line without its line feed; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Moves to the line before the current one. False at the beginning of the file.</summary>
    public bool MoveBack()
    {
        End = Start;
        if (End == 0)
        {
            return false;
        }

        // Behind End lies what was read before; the byte before it is the line feed of the line that is looked for.
        _length = (int)(End - _bufferStart);
        for (var searched = 1; ;)
        {
            var at = _length > searched ? _buffer.AsSpan(0, _length - searched).LastIndexOf((byte)'\n') : -1;
            if (at >= 0 || (_bufferStart == 0 && _length > 0))
            {
                Take(at + 1);
                return true;
            }

            searched = Math.Max(1, _length);
            if (_length >= LongestLine)
            {
                SkipToItsBeginning();
                return true;
            }

            ReadBefore();
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Take(int from)
    {
        Start = _bufferStart + from;
        var line = _buffer.AsMemory(from, _length - from);
        Line = line.Length > 0 && line.Span[^1] == (byte)'\n' ? line[..^1] : line;
    }

    // The chunk before the buffer, put in front of what is in it.
    private void ReadBefore()
    {
        var more = (int)Math.Min(Chunk, _bufferStart);
        if (_length + more > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_length + more);
            _buffer.AsSpan(0, _length).CopyTo(larger.AsSpan(more));
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        else
        {
            _buffer.AsSpan(0, _length).CopyTo(_buffer.AsSpan(more));
        }

        _bufferStart -= more;
        _file.Seek(_bufferStart, SeekOrigin.Begin);
        _file.ReadExactly(_buffer, 0, more);
        BytesRead += more;
        _length += more;
    }

    // Nothing of the kind is written by the product; a file that somebody put there must not cost more memory than any other.
    private void SkipToItsBeginning()
    {
        int at;
        do
        {
            _length = 0;
            ReadBefore();
            at = _buffer.AsSpan(0, _length).LastIndexOf((byte)'\n');
        }
        while (at < 0 && _bufferStart > 0);
        Take(at + 1);
    }
}

using System.Buffers;

namespace Xopc.Load.Wire;

/// <summary>Cuts the pieces of a body into SSE frames.</summary>
internal sealed class SseReader
{
    private readonly ArrayBufferWriter<byte> _rest = new(256);

    /// <summary>Calls <paramref name="frame"/> with event name (empty without one) and data for every frame that this piece completes.</summary>
    public void Add(ReadOnlySpan<byte> piece, SseFrame frame)
    {
        if (_rest.WrittenCount > 0)
        {
            _rest.Write(piece);
            piece = _rest.WrittenSpan;
        }

        var given = piece;
        while (piece.IndexOf("\n\n"u8) is var end && end >= 0)
        {
            Split(piece[..end], frame);
            piece = piece[(end + 2)..];
        }

        Keep(piece, given);
    }

    private void Keep(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> given)
    {
        if (_rest.WrittenCount > 0 && rest.Length == given.Length)
        {
            return; // nothing was complete: it all lies there already
        }

        var kept = rest.ToArray();
        _rest.ResetWrittenCount();
        _rest.Write(kept);
    }

    private static void Split(ReadOnlySpan<byte> text, SseFrame frame)
    {
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> data = default;
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range].TrimEnd((byte)'\r');
            if (line.StartsWith("event:"u8))
            {
                name = line[6..].TrimStart((byte)' ');
            }
            else if (line.StartsWith("data:"u8))
            {
                data = line[5..].TrimStart((byte)' '); // ours are one line
            }
        }

        if (!data.IsEmpty || !name.IsEmpty)
        {
            frame(name, data);
        }
    }
}

/// <summary>One SSE frame; both spans are valid during the call only.</summary>
internal delegate void SseFrame(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data);

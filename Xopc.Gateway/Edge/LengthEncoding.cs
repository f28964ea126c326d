using System.Text;

namespace Xopc.Gateway.Edge;

/// <summary>
/// Reads the digits of a <c>Content-Length</c> and turns everything else into what is no number. The listener's own reading also takes <c>+5</c>, <c>-0</c>,
/// and 5 with a zero byte behind it, which a proxy on the way may read otherwise.
/// </summary>
internal sealed class LengthEncoding : Encoding
{
    public static LengthEncoding Instance { get; } = new();

    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        if (bytes.Length <= chars.Length && !bytes.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return Latin1.GetChars(bytes, chars);
        }

        chars[0] = 'x';
        return 1;
    }

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        GetChars(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

    public override int GetCharCount(byte[] bytes, int index, int count) => count;

    public override int GetMaxCharCount(int byteCount) => byteCount;

    public override int GetByteCount(char[] chars, int index, int count) => count;

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) => Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetMaxByteCount(int charCount) => charCount;
}

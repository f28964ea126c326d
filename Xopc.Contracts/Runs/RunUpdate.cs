using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Xopc.Contracts.Runs;

/// <summary>Position of an update in a run: <c>{attempt}.{seq}</c>, both from 1; ordered by attempt, then sequence. Doubles as the SSE id.</summary>
public readonly record struct RunUpdateId(int Attempt, int Seq) : IComparable<RunUpdateId>, ISpanParsable<RunUpdateId>
{
    public int CompareTo(RunUpdateId other) => Attempt != other.Attempt ? Attempt.CompareTo(other.Attempt) : Seq.CompareTo(other.Seq);

    public static bool operator <(RunUpdateId left, RunUpdateId right) => left.CompareTo(right) < 0;

    public static bool operator >(RunUpdateId left, RunUpdateId right) => left.CompareTo(right) > 0;

    public static bool operator <=(RunUpdateId left, RunUpdateId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RunUpdateId left, RunUpdateId right) => left.CompareTo(right) >= 0;

    public static RunUpdateId Parse(string s, IFormatProvider? provider) => Parse(s.AsSpan(), provider);

    public static RunUpdateId Parse(ReadOnlySpan<char> s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException("Not a run update id.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out RunUpdateId result) => TryParse(s.AsSpan(), provider, out result);

    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out RunUpdateId result)
    {
        result = default;
        var dot = s.IndexOf('.');
        if (dot <= 0
            || !int.TryParse(s[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var attempt)
            || !int.TryParse(s[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var seq))
        {
            return false;
        }

        result = new RunUpdateId(attempt, seq);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Attempt}.{Seq}");
}

/// <summary>One streamed piece of a run, already in its wire form so that every watcher sends the same bytes.</summary>
/// <param name="Id">Its place in the run.</param>
/// <param name="Type">SSE event name: <c>status, progress, thinking, token, tool_start, tool_end, message_end, error, reset, result</c>.</param>
/// <param name="Data">One line of UTF-8 JSON, the SSE data.</param>
/// <param name="IsTerminal">True for <c>result</c>: nothing follows.</param>
public sealed record RunUpdate(RunUpdateId Id, string Type, ReadOnlyMemory<byte> Data, bool IsTerminal = false);

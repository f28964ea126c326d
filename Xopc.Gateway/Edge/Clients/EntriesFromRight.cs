using Microsoft.Extensions.Primitives;

namespace Xopc.Gateway.Edge.Clients;

/// <summary>The comma-separated entries of a header, possibly on several lines, last one first, without copying. Whoever reads stops at <see cref="MaxEntries"/>.</summary>
internal ref struct EntriesFromRight(StringValues values)
{
    /// <summary>No honest request passes so many proxies; beyond it nothing is read, however long the header is.</summary>
    public const int MaxEntries = 16;

    private int _line = values.Count;
    private ReadOnlySpan<char> _rest;
    private bool _inLine;

    public bool Next(out ReadOnlySpan<char> entry)
    {
        if (!_inLine)
        {
            if (--_line < 0)
            {
                entry = default;
                return false;
            }

            _rest = values[_line];
            _inLine = true;
        }

        var comma = _rest.LastIndexOf(',');
        entry = _rest[(comma + 1)..].Trim(" \t");
        _inLine = comma >= 0;
        _rest = comma >= 0 ? _rest[..comma] : default;
        return true;
    }
}

namespace Xopc.Channels.Telegram.Text;

/// <summary>Telegram refuses a message in which nothing can be seen.</summary>
internal static class Visible
{
    public static bool Any(ReadOnlySpan<char> text)
    {
        foreach (var unit in text)
        {
            if (!IsBlank(unit))
            {
                return true;
            }
        }

        return false;
    }

    // White space, controls, joiners and marks of direction, fillers, the empty braille cell, variation selectors.
    private static bool IsBlank(char unit) =>
        char.IsWhiteSpace(unit) || char.IsControl(unit)
        || unit is '\u00AD' or '\u034F' or '\u061C' or '\u115F' or '\u1160' or '\u17B4' or '\u17B5' or '\u2800' or '\u3164' or '\uFEFF' or '\uFFA0'
            or (>= '\u180B' and <= '\u180F') or (>= '\u200B' and <= '\u200F') or (>= '\u202A' and <= '\u202E') or (>= '\u2060' and <= '\u206F') or (>= '\uFE00' and <= '\uFE0F');
}

using System.Text;

namespace Xopc.Agents.Sessions;

/// <summary>The last item of a page: its sort value and key. On the wire base64url of <c>value|key</c>.</summary>
internal sealed record SessionCursor(long Value, string Key)
{
    public override string ToString() => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Value}|{Key}")).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    public static SessionCursor? Parse(string text)
    {
        Span<byte> bytes = stackalloc byte[400];
        var base64 = text.Replace('-', '+').Replace('_', '/') + new string('=', (4 - (text.Length % 4)) % 4);
        if (text.Length > 500 || !Convert.TryFromBase64String(base64, bytes, out var written))
        {
            return null;
        }

        var parts = Encoding.UTF8.GetString(bytes[..written]).Split('|', 2);
        return parts.Length == 2 && long.TryParse(parts[0], out var value) ? new SessionCursor(value, parts[1]) : null;
    }
}

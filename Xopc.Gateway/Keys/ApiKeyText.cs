using System.Security.Cryptography;
using System.Text;

namespace Xopc.Gateway.Keys;

/// <summary>
/// The text of a key, <c>xk_{id}_{secret}</c>: 12 and 43 letters and digits, for example <c>xk_4fT9aQ0zLm2B_…</c>. 43 of 62 possible characters are 256 bits.
/// </summary>
internal static class ApiKeyText
{
    public const int IdLength = 12;
    public const int SecretLength = 43;
    public const string Prefix = "xk_";

    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const int SecretAt = 16; // Prefix, id, one underscore
    private const int Length = SecretAt + SecretLength;

    public static (string Id, string Secret) Make() =>
        (RandomNumberGenerator.GetString(Alphabet, IdLength), RandomNumberGenerator.GetString(Alphabet, SecretLength));

    public static string Write(string id, string secret) => $"{Prefix}{id}_{secret}";

    /// <summary>The two parts of a text of this form; false for any other text.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, out ReadOnlySpan<char> id, out ReadOnlySpan<char> secret)
    {
        id = secret = [];
        if (text.Length != Length || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[SecretAt - 1] != '_')
        {
            return false;
        }

        id = text[Prefix.Length..(SecretAt - 1)];
        secret = text[SecretAt..];
        return IsPlain(id) && IsPlain(secret);
    }

    public static bool IsId(string text) => text.Length == IdLength && IsPlain(text);

    /// <param name="digest">32 bytes.</param>
    public static void Hash(ReadOnlySpan<char> secret, Span<byte> digest)
    {
        Span<byte> ascii = stackalloc byte[SecretLength];
        Encoding.ASCII.GetBytes(secret, ascii);
        SHA256.HashData(ascii, digest);
    }

    private static bool IsPlain(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c))
            {
                return false;
            }
        }

        return true;
    }
}

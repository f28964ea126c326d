using System.Security.Cryptography;

namespace Xopc.Testing.Canaries;

/// <summary>A secret that is nowhere else in the world, so that wherever it turns up it came from its place.</summary>
/// <param name="Name">Where it belongs; what a report shows in its stead.</param>
public sealed record Canary(string Name, string Value)
{
    /// <summary>
    /// How secrets of tests begin, <c>./test</c> searches what a run leaves for it. Hexadecimal, because a kept gateway token is; longer than the six characters that
    /// masking shows.
    /// </summary>
    public const string Mark = "5ec7e7ca9a21e5bd";

    /// <summary>48 hexadecimal digits, as long as a generated gateway token.</summary>
    public static string MakeValue() => Mark + RandomNumberGenerator.GetHexString(48 - Mark.Length, lowercase: true);

    public static Canary Make(string name) => new(name, MakeValue());

    /// <summary>In pieces too short for whatever knows secrets by their look alone.</summary>
    public static Canary MakeShapeless(string name) => new(name, string.Join('.', Make(name).Value.Chunk(9).Select(piece => new string(piece))));

    public override string ToString() => Name;
}

using System.Text.Json.Serialization;

namespace Xopc.Channels.Telegram.Text;

/// <summary>How a piece of a text is shown.</summary>
/// <param name="Kind">The form.</param>
/// <param name="Offset">Where it begins, in UTF-16 units.</param>
/// <param name="Length">How long it is, in UTF-16 units; never 0.</param>
/// <param name="Url">The target of a <see cref="TextEntityKind.Link"/>.</param>
/// <param name="Language">The language of a <see cref="TextEntityKind.Pre"/>, when the fence named one.</param>
internal readonly record struct TextEntity(TextEntityKind Kind, int Offset, int Length, string? Url = null, string? Language = null)
{
    [JsonIgnore]
    public int End => Offset + Length;

    /// <summary>Code, which Telegram lets no other form into, and links: none of these overlaps another of them.</summary>
    [JsonIgnore]
    public bool IsSolid => Kind is TextEntityKind.Code or TextEntityKind.Pre or TextEntityKind.Link;
}

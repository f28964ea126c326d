using System.Text.Json.Serialization;

namespace Xopc.Channels.Telegram.Text;

/// <summary>One message's text: never empty, within Telegram's limits.</summary>
internal sealed record TextPart(string Text, IReadOnlyList<TextEntity> Entities)
{
    /// <summary>Equal when people see the same.</summary>
    public bool Equals(TextPart? other) => other is not null && Text == other.Text && Entities.SequenceEqual(other.Entities);

    public override int GetHashCode() => HashCode.Combine(Text, Entities.Count);

    /// <summary>The same characters without any form, for when Telegram refuses the forms.</summary>
    [JsonIgnore]
    public TextPart Plain => this with { Entities = [] };
}

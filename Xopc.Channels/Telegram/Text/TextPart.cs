using System.Text.Json.Serialization;

namespace Xopc.Channels.Telegram.Text;

/// <summary>One message's text: never empty, within Telegram's limits.</summary>
internal sealed record TextPart(string Text, IReadOnlyList<TextEntity> Entities)
{
    /// <summary>The same characters without any form, for when Telegram refuses the forms.</summary>
    [JsonIgnore]
    public TextPart Plain => this with { Entities = [] };
}

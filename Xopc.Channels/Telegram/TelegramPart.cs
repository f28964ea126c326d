using Xopc.Channels.Deliveries;
using Xopc.Channels.Telegram.Text;

namespace Xopc.Channels.Telegram;

/// <summary>One message of a delivery on Telegram.</summary>
internal sealed record TelegramPart(int No, TextPart Content) : DeliveryPart(No)
{
    /// <summary>Stands before a message that may be there twice.</summary>
    public const string Label = "↻ This may be a repetition:\n";

    /// <summary>The content, behind the label where it is to be marked.</summary>
    public TextPart Labelled(bool labelled) => !labelled
        ? Content
        : new TextPart(Label + Content.Text, [.. Content.Entities.Select(static entity => entity with { Offset = entity.Offset + Label.Length })]);
}

namespace Xopc.Channels.Telegram.Text;

/// <summary>What Telegram can show of a text. The order is the order of nesting where two kinds cover the same characters: the earlier one is outside.</summary>
internal enum TextEntityKind
{
    Blockquote,
    Link,
    Spoiler,
    Bold,
    Italic,
    Strikethrough,
    Code,
    Pre,
}

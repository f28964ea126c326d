using Markdig.Parsers;

namespace Xopc.Channels.Telegram.Text;

/// <summary>
/// Ends the reading of a source whose quotes and lists are nested deeper than anything a person writes. The parser's own bound comes so late that its
/// recursion could end the process on a small stack.
/// </summary>
internal sealed class NestingGuard : BlockParser
{
    public const int Deepest = 40;

    public override BlockState TryOpen(BlockProcessor processor)
    {
        var depth = 0;
        for (var container = processor.CurrentContainer; container is not null; container = container.Parent)
        {
            if (++depth > Deepest)
            {
                throw new NestedTooDeepException();
            }
        }

        return BlockState.None;
    }
}

namespace Xopc.Channels.Previews;

/// <summary>What became of showing a text.</summary>
/// <param name="Pause">So long nothing of it is to be shown.</param>
/// <param name="Again">The text was not shown and is to be, whether more comes or not.</param>
/// <param name="Over">Nothing more of this answer is to be shown.</param>
internal readonly record struct PreviewStep(TimeSpan Pause, bool Again = false, bool Over = false)
{
    public static readonly PreviewStep End = new(TimeSpan.Zero, Over: true);
}

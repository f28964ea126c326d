namespace Xopc.Channels.Previews;

/// <summary>The states of a row of <c>previews</c>.</summary>
internal static class PreviewStates
{
    /// <summary>Handed over for the first time; its message is not known (yet).</summary>
    public const string Sending = "sending";

    /// <summary>People see it, and nothing is on its way to it.</summary>
    public const string Shown = "shown";

    /// <summary>A change of it was handed over; its outcome is not known (yet).</summary>
    public const string Editing = "editing";

    /// <summary>The answer was handed over into it.</summary>
    public const string Answering = "answering";

    /// <summary>It is being taken away.</summary>
    public const string Removing = "removing";
}

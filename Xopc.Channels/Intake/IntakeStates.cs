namespace Xopc.Channels.Intake;

/// <summary>What became of a message from outside.</summary>
internal static class IntakeStates
{
    public const string Received = "received";

    /// <summary>It is a turn, or part of one.</summary>
    public const string Turn = "turn";

    /// <summary>It was a chat command.</summary>
    public const string Command = "command";

    /// <summary>Its sender may not write here.</summary>
    public const string Refused = "refused";

    /// <summary>Its sender was asked to have himself let in.</summary>
    public const string Pairing = "pairing";

    /// <summary>It was said in a group, and not to us.</summary>
    public const string NotForUs = "not-for-us";

    /// <summary>It could not be taken; the person was told.</summary>
    public const string Failed = "failed";
}

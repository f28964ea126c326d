namespace Xopc.Agents.Turns;

/// <summary>What became of a submission.</summary>
internal enum SubmitOutcome
{
    /// <summary>Durable; the run is under way or waits its turn.</summary>
    Accepted,

    /// <summary>The same submission was accepted before; its run answers.</summary>
    Known,

    /// <summary>The idempotency key was used with another body.</summary>
    Conflict,

    /// <summary>The same submission was accepted before, and its run is no longer kept.</summary>
    Forgotten,

    /// <summary>The session's queue is full; nothing was written.</summary>
    Busy,
}

namespace Xopc.Scheduler.Jobs;

/// <summary>Whether an agent's answer is delivered. A system event is delivered whatever it says.</summary>
internal enum DeliveryMode
{
    None,

    /// <summary>The same as <see cref="Direct"/>.</summary>
    Announce,
    Direct,
}

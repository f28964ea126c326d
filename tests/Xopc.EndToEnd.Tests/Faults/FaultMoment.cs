namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>When a point is reached.</summary>
internal enum FaultMoment
{
    /// <summary>While messages come and go.</summary>
    Traffic,

    /// <summary>When a process starts after another one's death.</summary>
    Start,

    /// <summary>When a process finds a message that was handed to the platform and of which nobody knows what became.</summary>
    Unknown,

    /// <summary>The same, where the account's policy is to hold it.</summary>
    Held,

    /// <summary>When a process starts after an outage in which messages became too old.</summary>
    Outage,
}

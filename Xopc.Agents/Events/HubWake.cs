namespace Xopc.Agents.Events;

/// <summary>Why a client that waited for events is awake.</summary>
internal enum HubWake
{
    /// <summary>Something follows its position.</summary>
    Event,

    /// <summary>15 seconds passed since the hub's last tick: a comment is due to whoever had nothing else to send.</summary>
    KeepAlive,

    /// <summary>The process stops.</summary>
    Stopping,
}

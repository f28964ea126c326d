namespace Xopc.Testing.Telegram;

/// <summary>The ways a call can go wrong.</summary>
internal enum FaultKind
{
    /// <summary>An answer of the rule's; the call has no effect.</summary>
    Refuse,

    /// <summary>The connection is reset; the call has no effect.</summary>
    ResetBefore,

    /// <summary>The call has its effect, then the connection is reset.</summary>
    ResetAfter,

    /// <summary>Headers and half of the body, then a reset.</summary>
    Cut,

    /// <summary>Half of the body as if it were all.</summary>
    Truncate,

    /// <summary>Headers and half of the body; the rest when lifted.</summary>
    Stall,

    /// <summary>Has its effect and answers after a while.</summary>
    Delay,

    /// <summary>Nothing happens until lifted.</summary>
    Mute,

    /// <summary>The call has its effect; the answer comes when lifted.</summary>
    MuteAfter,
}

namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>What people and programs do in a round.</summary>
[Flags]
internal enum Traffic
{
    None = 0,

    /// <summary>Two messages, one behind the other.</summary>
    Texts = 1,

    /// <summary>A picture with words.</summary>
    Photo = 1 << 1,

    /// <summary>An answer of several messages.</summary>
    Long = 1 << 2,

    Command = 1 << 3,

    /// <summary>Somebody who is not let in.</summary>
    Stranger = 1 << 4,

    /// <summary>Two short messages that become one turn, to the bot that holds what is unknown.</summary>
    Joined = 1 << 5,

    /// <summary>A group that speaks among itself and then to the bot.</summary>
    Group = 1 << 6,

    /// <summary>An answer for which a tool is called.</summary>
    Tool = 1 << 7,

    /// <summary>An answer so slow that its beginning is journalled.</summary>
    Slow = 1 << 8,

    /// <summary><c>POST /api/message</c>.</summary>
    Message = 1 << 9,

    /// <summary><c>POST /api/message/sync</c>.</summary>
    Sync = 1 << 10,

    /// <summary>A message that the platform refuses.</summary>
    Refused = 1 << 11,

    /// <summary>A message for which the platform says: later.</summary>
    Later = 1 << 12,
}

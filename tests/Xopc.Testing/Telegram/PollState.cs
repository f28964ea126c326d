namespace Xopc.Testing.Telegram;

/// <summary>What the server thinks of a bot's <c>getUpdates</c>.</summary>
public enum PollState
{
    None,

    /// <summary>A client waits.</summary>
    Waiting,

    /// <summary>The client is gone and the server has not noticed.</summary>
    Ghost,
}

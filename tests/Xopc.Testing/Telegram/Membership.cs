namespace Xopc.Testing.Telegram;

/// <summary>What a bot is in a chat.</summary>
internal enum Membership
{
    Member,
    Blocked,
    Kicked,
}

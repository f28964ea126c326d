namespace Xopc.Testing.Telegram;

/// <summary>Telegram's four sorts of chats.</summary>
public enum ChatKind
{
    Private,
    Group,
    Supergroup,
    Channel,
}

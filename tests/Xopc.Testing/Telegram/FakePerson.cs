namespace Xopc.Testing.Telegram;

/// <summary>A person with an account. <c>person.In(chat)</c> is where they do things; writing has a short form.</summary>
public sealed class FakePerson
{
    private readonly TelegramServer _server;

    internal FakePerson(TelegramServer server, long id, string name, string? username)
    {
        _server = server;
        Author = new SeenAuthor(id, name, username, IsBot: false);
    }

    public long Id => Author.Id;

    public string Name => Author.Name;

    public string? Username => Author.Username;

    internal SeenAuthor Author { get; }

    /// <summary>The private chat with a bot. It exists from the first time it is asked for, as if the person had pressed Start.</summary>
    public FakeChat ChatWith(FakeBot bot) => _server.PrivateChat(bot, this);

    public PersonInChat In(FakeBot bot) => In(ChatWith(bot));

    public PersonInChat In(FakeChat chat) => new(_server, this, chat, null);

    public PersonInChat In(FakeTopic topic) => new(_server, this, topic.Chat, topic.ThreadId);

    public SeenMessage Writes(FakeBot bot, string text) => In(bot).Writes(text);

    public SeenMessage Writes(FakeChat chat, string text) => In(chat).Writes(text);

    public SeenMessage Writes(FakeTopic topic, string text) => In(topic).Writes(text);

    /// <summary>Blocks the bot: it gets a <c>my_chat_member</c>, and 403 when it sends.</summary>
    public void Blocks(FakeBot bot) => ChatWith(bot).ChangeMembership(bot, this, Membership.Blocked);

    public void Unblocks(FakeBot bot) => ChatWith(bot).ChangeMembership(bot, this, Membership.Member);
}

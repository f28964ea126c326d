namespace Xopc.Testing.Telegram;

/// <summary>A topic of a forum.</summary>
public sealed class FakeTopic
{
    private readonly TelegramServer _server;
    private bool _isClosed;
    private bool _isDeleted;

    internal FakeTopic(TelegramServer server, FakeChat chat, int threadId, string name)
    {
        _server = server;
        Chat = chat;
        ThreadId = threadId;
        Name = name;
    }

    public FakeChat Chat { get; }

    public int ThreadId { get; }

    public string Name { get; }

    /// <summary>From now on sending into it answers <c>TOPIC_CLOSED</c>.</summary>
    public void Close() => Change(ref _isClosed, true);

    public void Reopen() => Change(ref _isClosed, false);

    /// <summary>From now on sending into it answers <c>message thread not found</c>.</summary>
    public void Delete() => Change(ref _isDeleted, true);

    /// <summary>Called under the server's lock.</summary>
    internal void CheckOpen()
    {
        if (_isDeleted)
        {
            throw BotApiException.BadRequest("message thread not found");
        }

        if (_isClosed)
        {
            throw BotApiException.BadRequest("TOPIC_CLOSED");
        }
    }

    private void Change(ref bool field, bool value)
    {
        lock (_server.Gate)
        {
            field = value;
        }
    }
}

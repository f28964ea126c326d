using System.Text.Json.Nodes;

namespace Xopc.Testing.Telegram;

/// <summary>
/// A chat and its book: everything visible to a person in it, in order. All members can be used from any thread; what they return are snapshots.
/// </summary>
public sealed class FakeChat
{
    private const int Bound = 200_000;
    private const int ActionsKept = 10_000;

    private readonly TelegramServer _server;
    private readonly Changes _changes = new();
    private readonly Dictionary<FakeBot, Membership> _bots = [];
    private readonly Dictionary<int, FakeTopic> _topics = [];
    private readonly List<SeenMessage> _messages = [];
    private readonly Queue<SeenChatAction> _actions = new();
    private readonly Queue<SeenDraft> _drafts = new();
    private int _lastMessageId;

    internal FakeChat(TelegramServer server, long id, ChatKind kind, string title, string? username, bool isForum = false)
    {
        _server = server;
        Id = id;
        Kind = kind;
        Title = title;
        Username = username;
        IsForum = isForum;
    }

    public long Id { get; }

    public ChatKind Kind { get; }

    /// <summary>A group's title, or the person's name.</summary>
    public string Title { get; }

    public string? Username { get; }

    public bool IsForum { get; }

    /// <summary>The supergroup this group became; null: it is still what it was.</summary>
    public FakeChat? MigratedTo { get; private set; }

    /// <summary>Every message ever shown, the deleted ones too, in the order of acceptance.</summary>
    public IReadOnlyList<SeenMessage> Messages
    {
        get
        {
            lock (_server.Gate)
            {
                return [.. _messages];
            }
        }
    }

    /// <summary>What a person who opens the chat now sees of bots, in order.</summary>
    public IReadOnlyList<SeenMessage> FromBots => [.. Messages.Where(message => message.Author.IsBot && message.DeletedAt is null)];

    /// <summary>The last chat actions, oldest first.</summary>
    public IReadOnlyList<SeenChatAction> ChatActions
    {
        get
        {
            lock (_server.Gate)
            {
                return [.. _actions];
            }
        }
    }

    /// <summary>The last drafts, oldest first.</summary>
    public IReadOnlyList<SeenDraft> Drafts
    {
        get
        {
            lock (_server.Gate)
            {
                return [.. _drafts];
            }
        }
    }

    /// <summary>Waits until a bot's message in the chat contains this text.</summary>
    public Task<SeenMessage> SeesAsync(string text, CancellationToken cancellationToken) => WaitForAsync(
        message => message.Author.IsBot && message.DeletedAt is null && message.Text.Contains(text, StringComparison.Ordinal),
        $"a bot's message with \"{text}\"",
        cancellationToken);

    /// <summary>Waits for the first message, of whomever, that fits.</summary>
    /// <param name="what">For the message of the timeout: "a reply to #7".</param>
    public Task<SeenMessage> WaitForAsync(Func<SeenMessage, bool> predicate, string what, CancellationToken cancellationToken) =>
        _changes.WaitAsync(() => Messages.FirstOrDefault(predicate), () => $"{what} did not appear in {Describe()}", cancellationToken);

    /// <summary>Waits until the book as a whole fits.</summary>
    /// <param name="what">For the message of the timeout: "three messages".</param>
    public Task<IReadOnlyList<SeenMessage>> WaitForBookAsync(Func<IReadOnlyList<SeenMessage>, bool> predicate, string what, CancellationToken cancellationToken) =>
        _changes.WaitAsync(() => Messages is var book && predicate(book) ? book : null, () => $"{what} did not come to be in {Describe()}", cancellationToken);

    /// <summary>Waits for a chat action such as <c>typing</c>.</summary>
    public Task<SeenChatAction> WaitForActionAsync(string action, CancellationToken cancellationToken) => _changes.WaitAsync(
        () => ChatActions.FirstOrDefault(seen => seen.Action == action), () => $"no {action} was shown in {Describe()}", cancellationToken);

    /// <summary>Opens a topic in a forum; the bots get its service message.</summary>
    public FakeTopic AddTopic(string name)
    {
        lock (_server.Gate)
        {
            if (!IsForum)
            {
                throw new InvalidOperationException($"{Title} is no forum.");
            }

            var service = new JsonObject { ["forum_topic_created"] = new JsonObject { ["name"] = name, ["icon_color"] = 7322096 } };
            var topic = new FakeTopic(_server, this, _lastMessageId + 1, name);
            _topics[topic.ThreadId] = topic;
            Announce(service, topic.ThreadId);
            return topic;
        }
    }

    /// <summary>A post of a channel; its bots get a <c>channel_post</c>.</summary>
    public SeenMessage Posts(string text)
    {
        lock (_server.Gate)
        {
            var post = Add(Draft(new SeenAuthor(Id, Title, Username, IsBot: false), text) with { Entities = EntityFinder.Find(text) });
            Deliver("channel_post", post);
            return post;
        }
    }

    /// <summary>The bot becomes a member (again); it gets a <c>my_chat_member</c>.</summary>
    public void Invites(FakeBot bot, FakePerson by) => ChangeMembership(bot, by, Membership.Member);

    /// <summary>From now on the bot gets nothing from here, and 403 when it sends.</summary>
    public void Kicks(FakeBot bot, FakePerson by) => ChangeMembership(bot, by, Membership.Kicked);

    /// <summary>The group becomes a supergroup: what is sent to it answers 400 with <c>migrate_to_chat_id</c>, what its people write comes from the new id.</summary>
    public FakeChat Migrates(bool toForum = false)
    {
        lock (_server.Gate)
        {
            if (Kind != ChatKind.Group || MigratedTo is not null)
            {
                throw new InvalidOperationException($"{Title} is no group that could become a supergroup.");
            }

            var supergroup = _server.AddSupergroup(Title, isForum: toForum, [.. _bots.Where(bot => bot.Value == Membership.Member).Select(bot => bot.Key)]);
            Announce(new JsonObject { ["migrate_to_chat_id"] = supergroup.Id });
            MigratedTo = supergroup;
            supergroup.Announce(new JsonObject { ["migrate_from_chat_id"] = Id });
            return supergroup;
        }
    }

    public override string ToString() => $"{Kind} {Title} ({Id})";

    // All below is called under the server's lock.
    internal FakeChat Current => MigratedTo ?? this;

    internal JsonObject ToJson()
    {
        var json = new JsonObject { ["id"] = Id, ["type"] = KindName, [Kind == ChatKind.Private ? "first_name" : "title"] = Title };
        if (Username is not null)
        {
            json["username"] = Username;
        }

        if (IsForum)
        {
            json["is_forum"] = true;
        }

        return json;
    }

    internal void Join(FakeBot bot) => _bots[bot] = Membership.Member;

    internal bool Knows(FakeBot bot) => _bots.ContainsKey(bot);

    internal void CheckReachable(FakeBot bot)
    {
        if (!_bots.TryGetValue(bot, out var membership))
        {
            throw BotApiException.BadRequest("chat not found");
        }

        if (membership != Membership.Member)
        {
            throw BotApiException.Forbidden(membership == Membership.Blocked ? "bot was blocked by the user" : $"bot was kicked from the {(Kind == ChatKind.Group ? "group" : KindName)} chat");
        }

        if (MigratedTo is { } supergroup)
        {
            throw new BotApiException(400, "Bad Request: group chat was upgraded to a supergroup chat", new JsonObject { ["migrate_to_chat_id"] = supergroup.Id });
        }
    }

    /// <summary>The General topic has number 1, and sending into it by that number fails, as it does at Telegram.</summary>
    internal void CheckThread(int? threadId)
    {
        if (threadId is { } thread)
        {
            if (!_topics.TryGetValue(thread, out var topic))
            {
                throw BotApiException.BadRequest("message thread not found");
            }

            topic.CheckOpen();
        }
    }

    internal SeenMessage? Find(int messageId)
    {
        var at = IndexOf(messageId);
        return at >= 0 && _messages[at].DeletedAt is null ? _messages[at] : null;
    }

    internal SeenMessage Draft(SeenAuthor author, string text) => new()
    {
        Order = 0, ChatId = Id, MessageId = 0, At = _server.Clock.GetUtcNow(), Author = author, Text = text,
    };

    internal SeenMessage Add(SeenMessage draft)
    {
        if (_messages.Count == Bound)
        {
            throw new InvalidOperationException($"More than {Bound} messages in {Title}.");
        }

        var message = draft with { Order = _server.NextOrder(), MessageId = ++_lastMessageId, At = _server.Clock.GetUtcNow() };
        _messages.Add(message);
        Signal();
        return message;
    }

    internal SeenMessage Edit(SeenMessage message, string text, IReadOnlyList<SeenEntity> entities, string? replyMarkup)
    {
        var edit = new SeenEdit(_server.NextOrder(), _server.Clock.GetUtcNow(), message.Text, message.Entities);
        return Replace(message with { Text = text, Entities = entities, ReplyMarkup = replyMarkup, Edits = [.. message.Edits, edit] });
    }

    internal void Delete(SeenMessage message) => Replace(message with { DeletedAt = _server.Clock.GetUtcNow() });

    internal void Show(SeenChatAction action)
    {
        _actions.Enqueue(action);
        if (_actions.Count > ActionsKept)
        {
            _actions.Dequeue();
        }

        Signal();
    }

    internal void Show(SeenDraft draft)
    {
        _drafts.Enqueue(draft);
        if (_drafts.Count > ActionsKept)
        {
            _drafts.Dequeue();
        }

        Signal();
    }

    internal void Deliver(string kind, SeenMessage message)
    {
        foreach (var bot in _bots.Where(bot => bot.Value == Membership.Member).Select(bot => bot.Key))
        {
            bot.Feed.Add(kind, MessageJson.Of(this, message));
        }
    }

    internal void ChangeMembership(FakeBot bot, FakePerson by, Membership membership)
    {
        lock (_server.Gate)
        {
            var before = _bots.TryGetValue(bot, out var known) && known == Membership.Member ? "member" : "kicked";
            _bots[bot] = membership;
            bot.Feed.Add("my_chat_member", new JsonObject
            {
                ["chat"] = ToJson(),
                ["from"] = by.Author.ToJson(),
                ["date"] = _server.Clock.GetUtcNow().ToUnixTimeSeconds(),
                ["old_chat_member"] = Member(bot, before),
                ["new_chat_member"] = Member(bot, membership == Membership.Member ? "member" : "kicked"),
            });
        }
    }

    private string KindName => Kind switch
    {
        ChatKind.Private => "private",
        ChatKind.Group => "group",
        ChatKind.Supergroup => "supergroup",
        _ => "channel",
    };

    private static JsonObject Member(FakeBot bot, string status)
    {
        var member = new JsonObject { ["user"] = bot.Author.ToJson(), ["status"] = status };
        if (status == "kicked")
        {
            member["until_date"] = 0;
        }

        return member;
    }

    private void Announce(JsonObject service, int? threadId = null) =>
        Deliver("message", Add(Draft(new SeenAuthor(1087968824, "Group", "GroupAnonymousBot", IsBot: false), "") with { Extra = service.ToJsonString(), ThreadId = threadId }));

    private SeenMessage Replace(SeenMessage message)
    {
        _messages[IndexOf(message.MessageId)] = message;
        Signal();
        return message;
    }

    /// <summary>Ids count from 1 without gaps.</summary>
    private int IndexOf(int messageId) => messageId > 0 && messageId <= _messages.Count ? messageId - 1 : -1;

    private void Signal()
    {
        _changes.Signal();
        _server.Changes.Signal();
    }

    private string Describe() => $"{this}; its last messages: [{string.Join("; ", Messages.TakeLast(10))}].";
}

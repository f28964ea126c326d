namespace Xopc.Testing.Telegram;

/// <summary>
/// Says which calls go wrong, and how: <c>bot.When("sendMessage").In(chat).Times(2).TooManyRequests(3)</c>. Without <see cref="Times"/> it lasts until it is
/// lifted, without <see cref="In"/> it is for every chat.
/// </summary>
public sealed class FaultOrder
{
    private readonly FakeBot _bot;
    private readonly string _method;
    private long? _chatId;
    private int _times = int.MaxValue;

    internal FaultOrder(FakeBot bot, string method)
    {
        _bot = bot;
        _method = method;
    }

    /// <summary>Only calls about this chat.</summary>
    public FaultOrder In(FakeChat chat)
    {
        _chatId = chat.Id;
        return this;
    }

    /// <summary>Only the next so many calls.</summary>
    public FaultOrder Times(int times)
    {
        _times = times;
        return this;
    }

    public Fault TooManyRequests(int retryAfter) => Refuse(BotApiException.TooManyRequests(retryAfter));

    /// <summary>409, as if somebody else polled.</summary>
    public Fault Conflict() => Refuse(BotApiException.Conflict(UpdateFeed.OtherPoll));

    /// <summary>400, as for formatting the server does not understand.</summary>
    public Fault CannotParseEntities() => Refuse(BotApiException.BadRequest("can't parse entities: Can't find end of the entity starting at byte offset 0"));

    /// <summary>Any other refusal in the API's shape.</summary>
    public Fault Refuses(int code, string description) => Refuse(new BotApiException(code, description));

    /// <summary>5xx in the API's shape.</summary>
    public Fault ServerError(int status = 500) => Refuse(new BotApiException(status, status == 502 ? "Bad Gateway" : "Internal Server Error"));

    /// <summary>A status without the API's shape: a proxy's page, or no body at all.</summary>
    public Fault BareStatus(int status, string? body = null) => Add(FaultKind.Refuse, BotAnswer.Bare(status, body));

    /// <summary>The connection is reset and nothing has happened.</summary>
    public Fault ResetsBeforeAccepting() => Add(FaultKind.ResetBefore);

    /// <summary>What was asked happens, but the connection is reset before the answer.</summary>
    public Fault ResetsAfterAccepting() => Add(FaultKind.ResetAfter);

    /// <summary>200 and half of the answer, then a reset. What was asked has happened.</summary>
    public Fault CutsTheAnswer() => Add(FaultKind.Cut);

    /// <summary>200 and half of the answer, as if that were all. What was asked has happened.</summary>
    public Fault TruncatesTheAnswer() => Add(FaultKind.Truncate);

    /// <summary>200 and half of the answer; the rest only when lifted. What was asked has happened.</summary>
    public Fault StallsInTheAnswer() => Add(FaultKind.Stall);

    /// <summary>What was asked happens after this time, by the server's clock.</summary>
    public Fault Takes(TimeSpan time) => _bot.Faults.Add(new Fault(_bot, FaultKind.Delay, _method, _chatId, _times) { Delay = time });

    /// <summary>The connection is accepted, and nothing more happens until lifted. Who leaves before has asked for nothing.</summary>
    public Fault Mute() => Add(FaultKind.Mute);

    /// <summary>What was asked happens; the answer comes only when lifted.</summary>
    public Fault MuteAfterAccepting() => Add(FaultKind.MuteAfter);

    private Fault Refuse(BotApiException refusal) => Add(FaultKind.Refuse, BotAnswer.Refused(refusal));

    private Fault Add(FaultKind kind, BotAnswer? answer = null) =>
        _bot.Faults.Add(new Fault(_bot, kind, _method, _chatId, _times) { Answer = answer });
}

using System.Collections.Concurrent;

namespace Xopc.Testing.Telegram;

/// <summary>A bot's account on the server: its updates, the calls its client made, and how the server misbehaves towards it.</summary>
public sealed class FakeBot
{
    private readonly CallLog _log = new();
    private readonly ConcurrentDictionary<string, bool> _connections = new(StringComparer.Ordinal);
    private volatile string? _commands;

    internal FakeBot(TelegramServer server, long id, string token, string username)
    {
        Server = server;
        Id = id;
        Token = token;
        Username = username;
        Feed = new UpdateFeed(this, server.Clock);
    }

    public string Token { get; }

    public long Id { get; }

    public string Username { get; }

    /// <summary>False: <c>getMe</c> comes without a username.</summary>
    public bool ShowsUsername { get; set; } = true;

    /// <summary>Every update ever created for it, oldest first.</summary>
    public IReadOnlyList<SeenUpdate> Updates => Feed.All;

    /// <summary>Updates it has not confirmed.</summary>
    public int PendingUpdates => Feed.PendingCount;

    public PollState PollState => Feed.State;

    /// <summary>The last commands set in the default scope, as JSON; null: none were set.</summary>
    public string? Commands
    {
        get => _commands;
        internal set => _commands = value;
    }

    /// <summary>The last calls, in the order of arrival.</summary>
    public IReadOnlyList<CallRecord> Calls => _log.Calls;

    /// <summary>True: every batch of updates comes in reverse order.</summary>
    public bool ReversesBatches
    {
        get => Feed.ReversesBatches;
        set => Feed.ReversesBatches = value;
    }

    internal TelegramServer Server { get; }

    internal UpdateFeed Feed { get; }

    internal FaultBoard Faults { get; } = new();

    internal Changes Changes { get; } = new();

    internal RateMeter Rates { get; } = new();

    internal Webhook? Webhook { get; set; }

    internal SeenAuthor Author => new(Id, Username, Username, IsBot: true);

    /// <summary>The connections its client has open, as <see cref="CallRecord.Connection"/> names them.</summary>
    public IReadOnlyCollection<string> OpenConnections => [.. _connections.Keys];

    /// <summary>Calls of a method that arrived, whatever became of them.</summary>
    public int CallCount(string method) => _log.Count(method);

    /// <summary>Answers with this HTTP status.</summary>
    public int AnswerCount(int status) => _log.Count(status);

    /// <summary>Begins the order of a misbehaviour.</summary>
    /// <param name="method">As on the wire, <c>file</c> for downloads, <c>*</c> for all.</param>
    public FaultOrder When(string method) => new(this, method);

    /// <summary>From now on a poll whose client left stays the owner for so long: others get 409 meanwhile.</summary>
    /// <param name="hold">Null: 30 s. By the server's clock.</param>
    public void HoldsGhostPolls(TimeSpan? hold = null) => Feed.GhostHold = hold ?? TimeSpan.FromSeconds(30);

    /// <summary>From now on the server notices at once when a client leaves. A ghost that is held stays.</summary>
    public void HoldsNoGhostPolls() => Feed.GhostHold = null;

    /// <summary>Hands an update out once more with the next batch, even when it was confirmed.</summary>
    public void RepeatsUpdate(int updateId) => Feed.Repeat(updateId);

    /// <summary>Puts in an update as it is. Without an <c>update_id</c> it gets the next.</summary>
    public SeenUpdate Inject(string json) => Feed.Inject(json);

    /// <summary>Waits until so many calls of a method have arrived.</summary>
    public Task WaitForCallsAsync(string method, int count, CancellationToken cancellationToken) => Changes.WaitAsync(
        () => CallCount(method) >= count ? this : null, () => $"{Username} called {method} {CallCount(method)} times, not {count}.", cancellationToken);

    /// <summary>Waits until so many calls of a method were answered with a status: the client may have the answer a moment before that is noted.</summary>
    public Task WaitForAnswersAsync(string method, int status, int count, CancellationToken cancellationToken) => Changes.WaitAsync(
        () => Calls.Count(call => call.Method == method && call.Status == status) >= count ? this : null,
        () => $"{Username} was not answered {status} {count} times to {method}.", cancellationToken);

    /// <summary>Waits until a connection is closed.</summary>
    public Task WaitForCloseAsync(string connection, CancellationToken cancellationToken) => Changes.WaitAsync(
        () => _connections.ContainsKey(connection) ? null : this, () => $"{Username} did not close the connection {connection}.", cancellationToken);

    /// <summary>Waits until the poll is in this state.</summary>
    public Task WaitForPollAsync(PollState state, CancellationToken cancellationToken) => Changes.WaitAsync(
        () => PollState == state ? this : null, () => $"the poll of {Username} was {PollState}, not {state}.", cancellationToken);

    /// <summary>Waits until the bot has confirmed an update.</summary>
    public Task<SeenUpdate> WaitForConfirmationAsync(int updateId, CancellationToken cancellationToken) => Changes.WaitAsync(
        () => Feed.Find(updateId) is { ConfirmedAt: not null } update ? update : null,
        () => $"{Username} did not confirm update {updateId}; {PendingUpdates} are pending.",
        cancellationToken);

    public override string ToString() => $"@{Username} ({Id})";

    internal void Signal()
    {
        Changes.Signal();
        Server.Changes.Signal();
    }

    internal CallRecord Called(string method, long? chatId, string connection)
    {
        var call = new CallRecord(Server.NextOrder(), Server.Clock.GetUtcNow(), method, chatId, connection, 0);
        _log.Began(call);
        Signal();
        return call;
    }

    /// <summary>Called with every call of the connection.</summary>
    internal void CameOver(string connection, CancellationToken closed)
    {
        if (_connections.TryAdd(connection, true))
        {
            closed.Register(() =>
            {
                _connections.TryRemove(connection, out _);
                Signal();
            });
        }
    }

    internal void Answered(CallRecord call, int status)
    {
        _log.Answered(call, status);
        Signal();
    }
}

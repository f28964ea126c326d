using Microsoft.Extensions.Logging;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Messaging;

/// <summary>What became of a message at its receiver.</summary>
internal enum IntakeOutcome
{
    Accepted,
    Duplicate,
    KeyFull,

    /// <summary>The service's callback threw; a later attempt follows.</summary>
    Failed,

    /// <summary>The callback threw once too often; the message lies in the dead letters.</summary>
    Buried,

    /// <summary>The key was full and the service refused it for good.</summary>
    Refused,
}

/// <summary>
/// Accepts messages into a service's database: inbox row and what makes it visible, one transaction. Both transports end here. Failed attempts are counted
/// in memory, since a failed acceptance leaves no row to count in: a restart starts the count anew.
/// </summary>
internal sealed partial class IntakeAcceptor(
    StreamIntake intake, Database database, MessagingOptions options, MessagingTelemetry telemetry, TimeProvider clock, ILogger<IntakeAcceptor> logger)
{
    private const int SuspectsCapacity = 10_000;

    private readonly ILogger<IntakeAcceptor> _logger = logger;
    private readonly Dictionary<string, int> _suspects = [];

    public string Stream => intake.Stream;

    public string DatabaseName => database.Name;

    /// <summary>One outcome per message. After the first message of a key that was not taken, later ones of the key are not tried: nothing overtakes.</summary>
    /// <exception cref="DatabaseUnavailableException">Nothing can be accepted now; some of the messages may have been.</exception>
    public async Task<IReadOnlyList<IntakeOutcome>> AcceptAsync(IReadOnlyList<StreamMessage> messages, CancellationToken cancellationToken)
    {
        var outcomes = AnySuspect(messages)
            ? await AcceptEachAsync(messages, cancellationToken)
            : await AcceptTogetherAsync(messages, cancellationToken);
        foreach (var outcome in outcomes)
        {
            telemetry.Received(intake.Stream, outcome);
        }

        return outcomes;
    }

    private async Task<IntakeOutcome[]> AcceptTogetherAsync(IReadOnlyList<StreamMessage> messages, CancellationToken cancellationToken)
    {
        IntakeOutcome[] outcomes;
        try
        {
            outcomes = await database.WriteAsync(tx => AcceptAll(tx, messages), cancellationToken);
            FaultPoint.Reach("stream.committed");
        }
        catch (Exception ex) when (IsOfTheMessage(ex))
        {
            // One of them threw and took the others back with it: find out which.
            return await AcceptEachAsync(messages, cancellationToken);
        }

        var keys = messages.Where((_, i) => outcomes[i] == IntakeOutcome.Accepted).Select(message => message.Key).ToHashSet(StringComparer.Ordinal);
        if (keys.Count > 0)
        {
            intake.Accepted(keys);
        }

        return outcomes;
    }

    private async Task<IntakeOutcome[]> AcceptEachAsync(IReadOnlyList<StreamMessage> messages, CancellationToken cancellationToken)
    {
        var outcomes = new IntakeOutcome[messages.Count];
        var held = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < messages.Count; i++)
        {
            outcomes[i] = held.Contains(messages[i].Key) ? IntakeOutcome.KeyFull : await AcceptOneAsync(messages[i], cancellationToken);
            if (outcomes[i] is IntakeOutcome.KeyFull or IntakeOutcome.Failed)
            {
                held.Add(messages[i].Key);
            }
        }

        return outcomes;
    }

    private async Task<IntakeOutcome> AcceptOneAsync(StreamMessage message, CancellationToken cancellationToken)
    {
        IntakeOutcome outcome;
        try
        {
            outcome = await database.WriteAsync(tx => Accept(tx, message), cancellationToken);
        }
        catch (Exception ex) when (IsOfTheMessage(ex))
        {
            var attempt = CountFailure(message.Id);
            LogAcceptFailed(intake.Stream, message.Id, attempt, options.AcceptAttempts, ex);
            return attempt < options.AcceptAttempts ? IntakeOutcome.Failed : await BuryAsync(message, attempt, ex, cancellationToken);
        }

        Forget(message.Id);
        if (outcome == IntakeOutcome.Accepted)
        {
            intake.Accepted([message.Key]);
        }

        return outcome;
    }

    private IntakeOutcome[] AcceptAll(DatabaseTransaction transaction, IReadOnlyList<StreamMessage> messages)
    {
        var outcomes = new IntakeOutcome[messages.Count];
        HashSet<string>? full = null;
        for (var i = 0; i < messages.Count; i++)
        {
            outcomes[i] = full?.Contains(messages[i].Key) == true ? IntakeOutcome.KeyFull : Accept(transaction, messages[i]);
            if (outcomes[i] == IntakeOutcome.KeyFull)
            {
                (full ??= new HashSet<string>(StringComparer.Ordinal)).Add(messages[i].Key);
            }
        }

        FaultPoint.Reach("stream.accepting");
        return outcomes;
    }

    private IntakeOutcome Accept(DatabaseTransaction transaction, StreamMessage message)
    {
        using var activity = MessagingTelemetry.StartReceive(message);
        switch (Inbox.Accept(transaction, message, intake.KeyCapacity, NowMs()))
        {
            case AcceptOutcome.Duplicate:
                return IntakeOutcome.Duplicate;
            case AcceptOutcome.KeyFull:
                return intake.RefuseWhenFull?.Invoke(transaction, message) == true ? IntakeOutcome.Refused : IntakeOutcome.KeyFull;
            default:
                intake.Accept(transaction, message);
                return IntakeOutcome.Accepted;
        }
    }

    private async Task<IntakeOutcome> BuryAsync(StreamMessage message, int attempts, Exception cause, CancellationToken cancellationToken)
    {
        await database.WriteAsync(tx => Inbox.Refuse(tx, message, attempts, Reason(attempts, cause), NowMs()), cancellationToken);
        Forget(message.Id);
        LogBuried(intake.Stream, message.Id, attempts, cause.GetType().Name);
        return IntakeOutcome.Buried;
    }

    private bool AnySuspect(IReadOnlyList<StreamMessage> messages)
    {
        lock (_suspects)
        {
            return _suspects.Count > 0 && messages.Any(message => _suspects.ContainsKey(message.Id));
        }
    }

    private int CountFailure(string id)
    {
        lock (_suspects)
        {
            if (_suspects.Count >= SuspectsCapacity && !_suspects.ContainsKey(id))
            {
                _suspects.Clear();
            }

            return _suspects[id] = _suspects.GetValueOrDefault(id) + 1;
        }
    }

    private void Forget(string id)
    {
        lock (_suspects)
        {
            _suspects.Remove(id);
        }
    }

    private long NowMs() => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private static bool IsOfTheMessage(Exception exception) => exception is not (DatabaseUnavailableException or OperationCanceledException);

    private static string Reason(int attempts, Exception cause)
    {
        var text = $"Not acceptable after {attempts} attempts: {cause.GetType().Name}: {cause.Message}";
        return text.Length <= 500 ? text : text[..500];
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Stream}: message {MessageId} was not accepted, attempt {Attempt} of {Attempts}.")]
    private partial void LogAcceptFailed(string stream, string messageId, int attempt, int attempts, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Stream}: message {MessageId} went to the dead letters after {Attempts} attempts ({Cause}).")]
    private partial void LogBuried(string stream, string messageId, int attempts, string cause);
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Xopc.Agents.Runs;
using Xopc.Agents.Sessions;
using Xopc.Agents.Transcripts;
using Xopc.Configuration;
using Xopc.Configuration.Routing;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Turns;

/// <summary>
/// <c>POST /api/message/sync</c>: words as if they came from a conversation on a channel, in the session that conversation is routed to; the answer comes back
/// here, and goes to the conversation only when asked to.
/// </summary>
internal static class MessageSyncEndpoint
{
    private const int MaxBodyBytes = 8 * 1024 * 1024;
    private const int LongestTimeoutMs = 3_600_000;
    private static readonly TimeSpan BusyRetry = TimeSpan.FromSeconds(2);

    public static void MapMessageSync(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/message/sync", AskAsync).RequireScope(OperatorScope.Write).CallsModel()
            .WithSummary("Ask the agent of a conversation on a channel and wait for its answer").Takes<SyncMessage>("channel", "chat_id|chatId", "content")
            .Header("Idempotency-Key", "The same key with the same body happens once, for 24 hours: 1 to 120 letters, digits and . _ : - + / = @").Answers<SyncAnswer>()
            .Fails(ErrorCode.ChannelNotFound, ErrorCode.Conflict, ErrorCode.AgentError, ErrorCode.SessionBusy, ErrorCode.IdempotencyConflict, ErrorCode.RunNotFound, ErrorCode.SessionNotFound);

    private static async Task<IResult> AskAsync(
        HttpContext context, TurnIntake intake, RunWaiting waiting, RunWaiters waiters, RunAudience audience, SessionNames names,
        ConfigStore configuration, TimeProvider clock)
    {
        var body = await ApiJson.ReadAsync(context, AgentsJson.Default.SyncMessage, MaxBodyBytes);
        var submission = Read(context, body, names, configuration, clock);
        var (result, end) = await intake.SubmitAsync(submission, CancellationToken.None);
        switch (result.Outcome)
        {
            case SubmitOutcome.Busy:
                return new ApiError(ErrorCode.SessionBusy, "The session's queue is full; nothing was accepted.", BusyRetry);
            case SubmitOutcome.Conflict:
                return IdempotencyKey.Conflict();
            case SubmitOutcome.Forgotten:
                return new ApiError(ErrorCode.RunNotFound, "This request was accepted before, under its Idempotency-Key; the run that answered it is no longer kept.");
        }

        await using var seat = result.Outcome == SubmitOutcome.Known ? await audience.ComeBackAsync(result.RunId) : audience.Join(result.RunId);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        if (body.TimeoutMs is { } timeout)
        {
            patience.CancelAfter(timeout);
        }

        try
        {
            var outcome = await waiting.WaitAsync(result.RunId, end!, patience.Token);
            seat.Served = outcome is not null && !context.RequestAborted.IsCancellationRequested;
            return outcome switch
            {
                null => new ApiError(ErrorCode.Unavailable, $"The gateway is stopping. The message is kept and is answered after the restart (run {result.RunId}).", BusyRetry),
                { State: RunStates.Error or RunStates.Interrupted } => new ApiError(ErrorCode.AgentError, outcome.Summary),
                _ => ApiJson.Result(new SyncAnswer("ok", outcome.Reply, result.SessionKey, result.RunId), AgentsJson.Default.SyncAnswer),
            };
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return context.RequestAborted.IsCancellationRequested
                ? Results.Empty // the client left; the run goes on
                : new ApiError(ErrorCode.Timeout, $"There is no answer after {body.TimeoutMs} ms. The run goes on: GET /api/agent/runs/{result.RunId}/events.");
        }
        finally
        {
            waiters.Forget(result.RunId);
        }
    }

    private static TurnSubmission Read(HttpContext context, SyncMessage body, SessionNames names, ConfigStore configuration, TimeProvider clock)
    {
        var principal = context.GetPrincipal();
        var channel = Require(body.Channel, "channel").ToLowerInvariant();
        var chat = Require(body.ChatIdSnake ?? body.ChatId, "chat_id");
        var text = SubmissionReader.CheckText(body.Content, required: true);
        if (body.TimeoutMs is <= 0 or > LongestTimeoutMs)
        {
            throw new ApiException(ErrorCode.InvalidRequest, $"timeoutMs is a number from 1 to {LongestTimeoutMs}.");
        }

        var target = channel == "webchat" ? null : Target(channel, chat, body, configuration.Current.Channels);
        var session = target is null
            ? names.Find(chat, principal)
            : configuration.Router.Resolve(new RouteQuery(channel, target.AccountId, target.PeerKind, target.PeerId, target.ThreadId)).SessionKey;
        if (!principal.MayTouch(session))
        {
            throw new ApiException(ErrorCode.ChannelNotFound, $"There is no channel '{channel}'.");
        }

        var now = clock.GetUtcNow();
        var record = IdempotencyKey.RecordId(context.Request, principal, "message-sync");
        return new TurnSubmission(
            Guid.CreateVersion7(now).ToString("D"), session, principal, new TranscriptMessage { Role = "user", Content = text, Timestamp = now },
            new TurnRequested(session.Value, "", body.Deliver == true ? target : null), Activity.Current?.Id,
            record is null ? null : new SubmissionRecord(record, IdempotencyKey.Hash(JsonSerializer.SerializeToUtf8Bytes(body, AgentsJson.Default.SyncMessage))));
    }

    private static DeliveryTarget Target(string channel, string chat, SyncMessage body, ChannelsConfig channels)
    {
        if (channel != "telegram")
        {
            throw new ApiException(ErrorCode.ChannelNotFound, $"There is no channel '{(channel.Length <= 64 ? channel : channel[..64] + "…")}'.");
        }

        var accounts = channels.Telegram?.Accounts;
        var account = (body.AccountId is { Length: > 0 } named ? accounts?.GetValueOrDefault(SessionKeySegment.AccountId(named)) : accounts?.GetValueOrDefault("default") ?? (accounts?.Count == 1 ? accounts.Values.First() : null))
            ?? throw new ApiException(ErrorCode.InvalidRequest, "The channel 'telegram' has no such account.");
        if (!account.Enabled)
        {
            throw new ApiException(ErrorCode.Conflict, $"The account '{account.AccountId}' of 'telegram' is switched off.");
        }

        var thread = body.ThreadIdSnake ?? body.ThreadId;
        if (thread is not null && !int.TryParse(thread, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            throw new ApiException(ErrorCode.InvalidRequest, "thread_id is no id of a topic on telegram.");
        }

        return long.TryParse(chat, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id) && id != 0
            ? new DeliveryTarget(channel, account.AccountId, id < 0 ? "group" : "dm", id.ToString(CultureInfo.InvariantCulture), thread)
            : throw new ApiException(ErrorCode.InvalidRequest, "chat_id is no id of a conversation on telegram.");
    }

    private static string Require(string? value, string field) => value?.Trim() is { Length: > 0 } text
        ? text.Length <= 128 ? text : throw new ApiException(ErrorCode.InvalidRequest, $"{field} has at most 128 characters.")
        : throw new ApiException(ErrorCode.InvalidRequest, $"Missing required field: {field}");
}

/// <summary>Body of <c>POST /api/message/sync</c>.</summary>
internal sealed record SyncMessage
{
    public string? Channel { get; init; }

    [JsonPropertyName("chat_id")]
    public string? ChatIdSnake { get; init; }

    public string? ChatId { get; init; }

    public string? Content { get; init; }

    public string? AccountId { get; init; }

    [JsonPropertyName("thread_id")]
    public string? ThreadIdSnake { get; init; }

    public string? ThreadId { get; init; }

    /// <summary>Whether the answer also goes to the conversation.</summary>
    public bool? Deliver { get; init; }

    /// <summary>How long to wait, in milliseconds; the run goes on afterwards.</summary>
    public int? TimeoutMs { get; init; }
}

/// <summary><c>{"status":"ok","reply":"…"}</c></summary>
internal sealed record SyncAnswer(string Status, string Reply, string SessionKey, string RunId);

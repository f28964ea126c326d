using System.Text.Encodings.Web;
using System.Text.Json;
using Xopc.Agents.Runs;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Contracts.Runs;
using Xopc.Messaging;
using Xopc.ServiceDefaults.Http;
using Xopc.Storage;

namespace Xopc.Agents.Turns;

/// <summary><c>POST /api/agent</c> and what belongs to its runs: resume, events, abort, steer.</summary>
internal static class AgentEndpoints
{
    private const int MaxReferenceBytes = 16 * 1024;
    private const string KeyMeaning = "The same key with the same body happens once, for 24 hours: 1 to 120 letters, digits and . _ : - + / = @";
    private const string LastIdMeaning = "Replays what came after this update of the run, for example 1.7";
    private static readonly TimeSpan BusyRetry = TimeSpan.FromSeconds(2);
    private static readonly JsonWriterOptions ReplyJson = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static void MapAgent(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/agent", SubmitAsync).RequireScope(OperatorScope.Write).CallsModel().WithSummary("Send a message to an agent; the answer comes whole, or as a stream with Accept: text/event-stream")
            .Takes<AgentRequest>("message|attachments").Header("Idempotency-Key", KeyMeaning).Answers<AgentReply>().AnswersEvents(RunEvents.OfRun)
            .Fails(ErrorCode.AgentError, ErrorCode.SessionBusy, ErrorCode.IdempotencyConflict, ErrorCode.SessionNotFound, ErrorCode.AgentNotFound, ErrorCode.RunNotFound);
        routes.MapPost("/api/agent/resume", ResumeAsync).RequireScope(OperatorScope.Write).Streams().WithSummary("Follow a run from where you were")
            .Takes<RunReference>("runId|run_id").Header("Last-Event-ID", LastIdMeaning).AnswersEvents(RunEvents.OfRun).Fails(ErrorCode.RunNotFound);
        routes.MapGet("/api/agent/runs/{runId}/events", EventsAsync).RequireScope(OperatorScope.Read).Streams().WithSummary("The updates of a run, live or replayed")
            .Route("runId", "The run's id").Header("Last-Event-ID", LastIdMeaning).AnswersEvents(RunEvents.OfRun).Fails(ErrorCode.RunNotFound);
        routes.MapPost("/api/agent/abort", AbortAsync).RequireScope(OperatorScope.Write).WithSummary("Stop a run; what it wrote until then is kept")
            .Takes<RunReference>("runId|run_id").Answers<AbortAnswer>();
        routes.MapPost("/api/agent/steer", SteerAsync).RequireScope(OperatorScope.Write).CallsModel().WithSummary("Put words into the running turn of a session")
            .Takes<SteerRequest>("sessionKey|session_key|session", "message").Header("Idempotency-Key", KeyMeaning).Answers<SteerAnswer>()
            .Fails(ErrorCode.NoActiveRun, ErrorCode.IdempotencyConflict, ErrorCode.SessionNotFound);
    }

    private static async Task<IResult> SubmitAsync(
        HttpContext context, SubmissionReader reader, TurnIntake intake, RunStreaming streaming, RunWaiting waiting, RunWaiters waiters, RunAudience audience)
    {
        var body = await ApiJson.ReadAsync(context, AgentsJson.Default.AgentRequest, BodyLimits.Agent);
        var submission = await reader.ReadAsync(context, body, context.RequestAborted);

        // Not cancelled with the request from here on: a client that leaves while its message is being written must find it written or not, never half told.
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
        if (WantsEvents(context.Request))
        {
            waiters.Forget(result.RunId);
            seat.Served = await streaming.StreamAsync(context, result.RunId, result.SessionKey, after: null);
            return Results.Empty;
        }

        RunOutcome? outcome;
        try
        {
            outcome = await waiting.WaitAsync(result.RunId, end!, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return Results.Empty; // the client left; the run goes on
        }
        finally
        {
            waiters.Forget(result.RunId); // another request that waits for the same run falls back to looking
        }

        if (outcome is null)
        {
            return new ApiError(
                ErrorCode.Unavailable, $"The gateway is stopping. The message is kept and is answered after the restart (run {result.RunId}).", BusyRetry);
        }

        if (outcome.State is RunStates.Error or RunStates.Interrupted)
        {
            seat.Served = !context.RequestAborted.IsCancellationRequested;
            return new ApiError(ErrorCode.AgentError, outcome.Summary);
        }

        seat.Served = await WriteReplyAsync(context, outcome, body.SessionName() ?? "default", result);
        return Results.Empty;
    }

    private static async Task<IResult> ResumeAsync(
        HttpContext context, [FromKeyedServices(AgentsSchema.Database)] Database database, RunStreaming streaming, RunAudience audience)
    {
        var body = await ApiJson.ReadAsync(context, AgentsJson.Default.RunReference, MaxReferenceBytes);
        await FollowAsync(context, await FindAsync(context, database, body.RunId ?? body.RunIdSnake), streaming, audience);
        return Results.Empty;
    }

    private static async Task<IResult> EventsAsync(
        string runId, HttpContext context, [FromKeyedServices(AgentsSchema.Database)] Database database, RunStreaming streaming, RunAudience audience)
    {
        await FollowAsync(context, await FindAsync(context, database, runId), streaming, audience);
        return Results.Empty;
    }

    private static async Task FollowAsync(HttpContext context, RunRow run, RunStreaming streaming, RunAudience audience)
    {
        var after = LastEventId(context.Request);
        await using var seat = await audience.ComeBackAsync(run.RunId);
        seat.Served = await streaming.StreamAsync(context, run.RunId, run.SessionKey, after);
    }

    private static async Task<IResult> AbortAsync(
        HttpContext context, [FromKeyedServices(AgentsSchema.Database)] Database database, SessionLanes lanes, IControlBroadcast control)
    {
        var body = await ApiJson.ReadAsync(context, AgentsJson.Default.RunReference, MaxReferenceBytes);
        var runId = CheckRunId(body.RunId ?? body.RunIdSnake);
        var row = await database.ReadAsync(reader => RunStore.Find(reader, runId), context.RequestAborted);
        if (row is null || row.Ended || !Sessions.SessionStore.MayTouch(context.GetPrincipal(), row.SessionKey))
        {
            return ApiJson.Result(new AbortAnswer(true, new Aborted(false)), AgentsJson.Default.AbortAnswer);
        }

        // The flag first: a process that misses the broadcast, or takes the turn later, still sees it.
        var flagged = await database.WriteAsync(tx => RunStore.RequestAbort(tx, runId), CancellationToken.None);
        lanes.Find(runId)?.Cancel(RunStop.User);
        await control.SendAsync(new ControlMessage(ControlKinds.Abort, runId), CancellationToken.None);
        return ApiJson.Result(new AbortAnswer(true, new Aborted(flagged)), AgentsJson.Default.AbortAnswer);
    }

    private static async Task<IResult> SteerAsync(
        HttpContext context, [FromKeyedServices(AgentsSchema.Database)] Database database, Sessions.SessionNames names, TimeProvider clock)
    {
        var body = await ApiJson.ReadAsync(context, AgentsJson.Default.SteerRequest, SubmissionReader.MaxMessageBytes * 2);
        var principal = context.GetPrincipal();
        var name = body.SessionName() ?? throw new ApiException(ErrorCode.InvalidRequest, "Missing required field: sessionKey");
        var words = new SteeredWords(
            names.Find(name, principal), SubmissionReader.CheckText(body.Message, required: true), principal, IdempotencyKey.RecordId(context.Request, principal, "steer"),
            clock.GetUtcNow().ToUnixTimeMilliseconds());
        var result = await database.WriteAsync(words.Put, CancellationToken.None);
        return result switch
        {
            { Conflict: true } => IdempotencyKey.Conflict(),
            { RunId: { } runId } => ApiJson.Result(new SteerAnswer(true, new Steered(runId)), AgentsJson.Default.SteerAnswer),
            _ => new ApiError(ErrorCode.NoActiveRun, "The session has no active run; send the message to /api/agent."),
        };
    }

    private static async Task<RunRow> FindAsync(HttpContext context, Database database, string? runId)
    {
        var id = CheckRunId(runId);
        var row = await database.ReadAsync(reader => RunStore.Find(reader, id), context.RequestAborted);
        return row is not null && Sessions.SessionStore.MayTouch(context.GetPrincipal(), row.SessionKey)
            ? row
            : throw new ApiException(ErrorCode.RunNotFound, "Run not found or already expired");
    }

    private static string CheckRunId(string? runId) => runId switch
    {
        null or "" => throw new ApiException(ErrorCode.InvalidRequest, "Missing required field: runId"),
        _ when Guid.TryParseExact(runId, "D", out var id) => id.ToString("D"),
        _ => throw new ApiException(ErrorCode.InvalidRequest, "runId is not a run id."),
    };

    private static RunUpdateId? LastEventId(HttpRequest request)
    {
        var text = request.Headers["Last-Event-ID"].ToString();
        if (text.Length == 0)
        {
            return null;
        }

        return RunUpdateId.TryParse(text, null, out var id)
            ? id
            : throw new ApiException(ErrorCode.InvalidRequest, "Last-Event-ID is not an id of this stream (attempt.sequence, for example 1.7).");
    }

    private static bool WantsEvents(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);

    // {"status":"ok","reply":"…","session":"default","sessionKey":"main:webchat:default:direct:default","runId":"…"}
    // False: the connection was gone.
    private static async Task<bool> WriteReplyAsync(HttpContext context, RunOutcome outcome, string session, SubmitResult result)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, ReplyJson))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, outcome.State);
            json.WriteString("reply"u8, outcome.Reply);
            json.WriteString("session"u8, session);
            json.WriteString("sessionKey"u8, result.SessionKey);
            json.WriteString("runId"u8, result.RunId);
            json.WriteEndObject();
        }

        return !(await context.Response.BodyWriter.FlushAsync(context.RequestAborted)).IsCompleted;
    }
}

/// <summary>Answer of <c>POST /api/agent</c> as JSON. <paramref name="Status"/> is <c>ok</c> or <c>aborted</c>; <see cref="AgentEndpoints"/> writes it field by field.</summary>
internal sealed record AgentReply(string Status, string Reply, string Session, string SessionKey, string RunId);

/// <summary><c>{"ok":true,"payload":{"aborted":true}}</c></summary>
internal sealed record AbortAnswer(bool Ok, Aborted Payload);

internal sealed record Aborted([property: System.Text.Json.Serialization.JsonPropertyName("aborted")] bool Done);

/// <summary><c>{"ok":true,"payload":{"runId":"…"}}</c></summary>
internal sealed record SteerAnswer(bool Ok, Steered Payload);

internal sealed record Steered(string RunId);

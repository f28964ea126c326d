using System.Text.Json;
using Xopc.Agents.Turns;
using Xopc.Agents.Files;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Xopc.Storage;

namespace Xopc.Agents.Sessions;

/// <summary><c>/api/sessions</c>: create, list, read, change, delete.</summary>
internal static class SessionsEndpoints
{
    private const int MaxBodyBytes = 64 * 1024;

    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var sessions = routes.MapGroup("/api/sessions");
        sessions.Route("key", "The session key, for example main:webchat:default:direct:default");
        sessions.MapPost("", CreateAsync).RequireScope(OperatorScope.Write).WithSummary("Create a session, or get the one that is there")
            .Takes<CreateSession>().Header("Idempotency-Key", "The same key with the same body names the same session, for 24 hours").Answers<SessionDetail>().Answers<SessionDetail>(201)
            .Fails(ErrorCode.IdempotencyConflict, ErrorCode.SessionNotFound, ErrorCode.AgentNotFound);
        sessions.MapGet("", ListAsync).RequireScope(OperatorScope.Read).WithSummary("List sessions")
            .Query("status", "Only these", oneOf: SessionQueries.Statuses).Query("search", "In key, name and tags").Query("channel", "Only sessions of this source")
            .Query("sortBy", "updatedAt", oneOf: SessionQueries.SortKeys).Query("sortOrder", "desc", oneOf: SessionQueries.SortOrders)
            .Query("limit", "50", 0, SessionQueries.MaxLimit).Query("offset", "Skips as many", 0, int.MaxValue).Query("cursor", "nextCursor of the page before").Answers<SessionPage>();
        sessions.MapGet("/stats", SessionReports.StatsAsync).RequireScope(OperatorScope.Read).WithSummary("Counts over all sessions").Answers<SessionStats>();
        sessions.MapGet("/chat-ids", SessionReports.ChatIdsAsync).RequireScope(OperatorScope.Read).WithSummary("Who can be written to")
            .Query("channel", "Only this source").Answers<ChatIdsAnswer>();
        sessions.MapGet("/{key}", SessionReports.GetAsync).RequireScope(OperatorScope.Read).WithSummary("One session with its messages")
            .Query("limit", "50, from the newest message", 0, SessionReports.PageLimit).Query("offset", "Skips as many", 0, int.MaxValue).Answers<SessionDetail>().Fails(ErrorCode.SessionNotFound);
        sessions.MapGet("/{key}/export", SessionReports.ExportAsync).RequireScope(OperatorScope.Read).WithSummary("The whole conversation as one text")
            .Query("format", "json", oneOf: ["json", "markdown"]).Answers<Exported>().Fails(ErrorCode.SessionNotFound);
        sessions.MapGet("/{key}/agent-config", GetSettingsAsync).RequireScope(OperatorScope.Read).WithSummary("The settings that apply to a session")
            .Answers<SettingsAnswer>().Fails(ErrorCode.SessionNotFound);
        sessions.MapPatch("/{key}/agent-config", PatchSettingsAsync).RequireScope(OperatorScope.Write).WithSummary("Override settings; null or an empty text clears")
            .Takes<SessionSettings>().Answers<Done>().Fails(ErrorCode.SessionNotFound);
        sessions.MapPatch("/{key}", SessionDescription.PatchAsync).RequireScope(OperatorScope.Write).WithSummary("Change name and tags")
            .Takes<PatchSession>().Answers<SessionAnswer>().Fails(ErrorCode.SessionNotFound);
        sessions.MapDelete("/{key}", DeleteAsync).RequireScope(OperatorScope.Write).WithSummary("Delete a session with everything in it")
            .Answers<Deleted>().Fails(ErrorCode.SessionNotFound);
        sessions.MapPost("/{key}/rename", RenameAsync).RequireScope(OperatorScope.Write).WithSummary("Rename a session")
            .Takes<RenameSession>("name").Answers<Renamed>().Fails(ErrorCode.SessionNotFound);
        MapStatus(sessions, "archive", null, "archived", "archived");
        MapStatus(sessions, "unarchive", "archived", "active", "unarchived");
        MapStatus(sessions, "pin", null, "pinned", "pinned");
        MapStatus(sessions, "unpin", "pinned", "active", "unpinned");
    }

    private static async Task<IResult> CreateAsync(
        HttpContext context, [FromKeyedServices(AgentsSchema.Database)] Database database, SessionNames names, AgentWorkspaces agents, SessionEvents events, TimeProvider clock)
    {
        var body = await ApiJson.ReadAsync(context, AgentsJson.Default.CreateSession, MaxBodyBytes);
        var principal = context.GetPrincipal();
        var agent = body.AgentId is { Length: > 0 } named ? names.RequireAgent(named, principal) : agents.DefaultAgentId;
        var source = body.Channel is { Length: > 0 } channel ? channel.Trim().ToLowerInvariant() : "webchat";
        var peer = (body.ChatId ?? body.ChatIdSnake) is { } given && !string.IsNullOrWhiteSpace(given) ? given : null;
        var request = new SessionCreation(
            agent, SessionKey.Create(agent, source, null, "direct", "x").Source, peer, principal, IdempotencyKey.RecordId(context.Request, principal, "sessions"), clock.GetUtcNow());
        var made = await database.WriteAsync(request.Run, CancellationToken.None);
        if (made.Conflict)
        {
            return IdempotencyKey.Conflict();
        }

        if (made.Created)
        {
            events.Created(made.Session.Key);
        }

        var bodies = await database.ReadAsync(reader => Transcripts.TranscriptStore.Page(reader, made.Session.Key, 0, 50), context.RequestAborted);
        var status = made.Created || made.Repeated ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        await SessionReports.WriteAsync(context, status, made.Session.AsOf(request.Now), bodies, pagination: null, reused: status == StatusCodes.Status200OK);
        return Results.Empty;
    }

    private static async Task<IResult> ListAsync(HttpContext context, [FromKeyedServices(AgentsSchema.Database)] Database database, TimeProvider clock)
    {
        var query = SessionQueries.Read(context.Request.Query);
        var principal = context.GetPrincipal();
        var page = await database.ReadAsync(reader => SessionList.Read(reader, query, principal, clock.GetUtcNow()), context.RequestAborted);
        return ApiJson.Result(page, AgentsJson.Default.SessionPage);
    }

    private static async Task<IResult> DeleteAsync(
        string key, HttpContext context, SessionDeletion deletion)
    {
        var session = SessionNames.FromRoute(key, context.GetPrincipal());
        return await deletion.DeleteAsync(session) ? ApiJson.Result(new Deleted(true), AgentsJson.Default.Deleted) : throw SessionNames.NotFound();
    }

    private static async Task<IResult> RenameAsync(
        string key, HttpContext context, [FromKeyedServices(AgentsSchema.Database)] Database database, SessionEvents events, TimeProvider clock)
    {
        var session = SessionNames.FromRoute(key, context.GetPrincipal());
        var body = await ApiJson.ReadAsync(context, AgentsJson.Default.RenameSession, MaxBodyBytes);
        var name = SessionDescription.CheckName(body.Name);
        var done = await database.WriteAsync(tx => SessionStore.Rename(tx, session, name, clock.GetUtcNow().ToUnixTimeMilliseconds()), CancellationToken.None);
        if (!done)
        {
            throw SessionNames.NotFound();
        }

        events.Updated(session, name);
        return ApiJson.Result(new Renamed(true), AgentsJson.Default.Renamed);
    }

    private static async Task<IResult> GetSettingsAsync(
        string key, HttpContext context, [FromKeyedServices(AgentsSchema.Database)] Database database, AgentWorkspaces agents, Models.ModelRunner models)
    {
        var session = SessionNames.FromRoute(key, context.GetPrincipal());
        var (found, settings) = await database.ReadAsync(
            reader => (SessionStore.Find(reader, session, context.GetPrincipal()), SessionStore.Settings(reader, session)), context.RequestAborted);
        if (found is null)
        {
            throw SessionNames.NotFound();
        }

        var agent = agents.Agent(found.Routing.AgentId);
        var effective = new SessionSettings
        {
            ThinkingLevel = settings.ThinkingLevel ?? agent.ThinkingDefault ?? ThinkingLevels.Default,
            ReasoningLevel = settings.ReasoningLevel ?? agent.ReasoningDefault ?? "off",
            Model = models.Candidates(settings.Model, agent, agent)[0].ToString(),
        };
        return ApiJson.Result(new SettingsAnswer(true, effective), AgentsJson.Default.SettingsAnswer);
    }

    private static async Task<IResult> PatchSettingsAsync(
        string key, HttpContext context, [FromKeyedServices(AgentsSchema.Database)] Database database, Models.ModelCatalog catalog)
    {
        var session = SessionNames.FromRoute(key, context.GetPrincipal());
        var patch = await ApiJson.ReadAsync(context, AgentsJson.Default.JsonElement, MaxBodyBytes);
        if (patch.ValueKind != JsonValueKind.Object)
        {
            return new ApiError(ErrorCode.InvalidRequest, "The body must be a JSON object.");
        }

        var done = await database.WriteAsync(
            tx => SessionStore.Find(tx, session, context.GetPrincipal()) is not null
                && SessionStore.SaveSettings(tx, session, SessionQueries.Apply(SessionStore.Settings(tx, session), patch, catalog)),
            CancellationToken.None);
        return done ? ApiJson.Result(new Done(true), AgentsJson.Default.Done) : throw SessionNames.NotFound();
    }

    private static void MapStatus(RouteGroupBuilder sessions, string verb, string? from, string status, string answer) =>
        sessions.MapPost(
            $"/{{key}}/{verb}",
            async (string key, HttpContext context, [FromKeyedServices(AgentsSchema.Database)] Database database, SessionEvents events) =>
            {
                var session = SessionNames.FromRoute(key, context.GetPrincipal());
                if (!await database.WriteAsync(tx => SessionStore.SetStatus(tx, session, from, status), CancellationToken.None))
                {
                    throw SessionNames.NotFound();
                }

                events.Updated(session, status: status);
                return ApiJson.Result(new Dictionary<string, bool> { [answer] = true }, AgentsJson.Default.DictionaryStringBoolean);
            }).RequireScope(OperatorScope.Write).WithSummary($"Mark a session as {answer}").Answers<Dictionary<string, bool>>().Fails(ErrorCode.SessionNotFound);
}

/// <summary>Body of <c>POST /api/sessions</c>.</summary>
internal sealed record CreateSession
{
    public string? Channel { get; init; }

    public string? ChatId { get; init; }

    [System.Text.Json.Serialization.JsonPropertyName("chat_id")]
    public string? ChatIdSnake { get; init; }

    public string? AgentId { get; init; }
}

/// <summary>Body of <c>POST /api/sessions/{key}/rename</c>.</summary>
internal sealed record RenameSession(string? Name);

internal sealed record Deleted([property: System.Text.Json.Serialization.JsonPropertyName("deleted")] bool Done);

internal sealed record Renamed([property: System.Text.Json.Serialization.JsonPropertyName("renamed")] bool Done);

internal sealed record Done(bool Ok);

/// <summary><c>{"ok":true,"payload":{"thinkingLevel","reasoningLevel","model"}}</c></summary>
internal sealed record SettingsAnswer(bool Ok, SessionSettings Payload);

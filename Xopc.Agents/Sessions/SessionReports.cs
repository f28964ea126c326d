using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Xopc.Agents.Transcripts;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Xopc.Storage;

namespace Xopc.Agents.Sessions;

/// <summary>Reads of one session and of all: detail with messages, export, statistics, recipients.</summary>
internal static class SessionReports
{
    public const int PageLimit = 200;
    private const int ExportLimit = 100_000;
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private static readonly JsonWriterOptions Pretty = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };

    public static async Task<IResult> GetAsync(string key, HttpContext context, [FromKeyedServices(AgentsSchema.Database)] Database database, TimeProvider clock)
    {
        var principal = context.GetPrincipal();
        var name = SessionNames.FromRoute(key, principal);
        var (limit, offset) = (SessionQueries.Limit(context.Request.Query, PageLimit), SessionQueries.Offset(context.Request.Query));
        var (session, bodies) = await database.ReadAsync(
            reader => (SessionStore.Find(reader, name, principal), TranscriptStore.Page(reader, name, offset, limit)), context.RequestAborted);
        if (session is null)
        {
            throw SessionNames.NotFound();
        }

        await WriteAsync(context, StatusCodes.Status200OK, session.AsOf(clock.GetUtcNow()), bodies, (limit, offset), reused: null);
        return Results.Empty;
    }

    public static async Task<IResult> ExportAsync(string key, HttpContext context, [FromKeyedServices(AgentsSchema.Database)] Database database, TimeProvider clock)
    {
        var principal = context.GetPrincipal();
        var name = SessionNames.FromRoute(key, principal);
        var format = context.Request.Query["format"].ToString() is { Length: > 0 } asked ? asked : "json";
        if (format is not ("json" or "markdown"))
        {
            return new ApiError(ErrorCode.InvalidRequest, "format must be json or markdown.");
        }

        var (session, bodies) = await database.ReadAsync(
            reader => (SessionStore.Find(reader, name, principal), TranscriptStore.Page(reader, name, 0, ExportLimit)), context.RequestAborted);
        if (session is null)
        {
            throw SessionNames.NotFound();
        }

        var content = format == "json" ? ExportJson(session.AsOf(clock.GetUtcNow()), bodies, clock.GetUtcNow()) : ExportMarkdown(session, bodies);
        return ApiJson.Result(new Exported(content), AgentsJson.Default.Exported);
    }

    public static async Task<IResult> StatsAsync(HttpContext context, [FromKeyedServices(AgentsSchema.Database)] Database database)
    {
        var principal = context.GetPrincipal();
        var rows = await database.ReadAsync(
            reader => reader.Query(
                "SELECT key, source, status, message_count, token_count, created_ms FROM sessions",
                static row => (Key: row.GetString(0), Source: row.GetString(1), Status: row.GetString(2), Messages: row.GetInt64(3), Tokens: row.GetInt64(4), Created: row.GetInt64(5))),
            context.RequestAborted);
        if (principal is not { Agents: null, Sessions: null })
        {
            rows.RemoveAll(row => !SessionStore.MayTouch(principal, row.Key));
        }

        return ApiJson.Result(
            new SessionStats(
                rows.Count, rows.Count(static row => row.Status is "active" or "idle"), rows.Count(static row => row.Status == "archived"),
                rows.Count(static row => row.Status == "pinned"), rows.Sum(static row => row.Messages), rows.Sum(static row => row.Tokens),
                rows.Count == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(rows.Min(static row => row.Created)),
                rows.Count == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(rows.Max(static row => row.Created)),
                rows.GroupBy(static row => row.Source).ToDictionary(static group => group.Key, static group => group.Count())),
            AgentsJson.Default.SessionStats);
    }

    /// <summary>Who can be written to: one row per channel and chat, the most recent first.</summary>
    public static async Task<IResult> ChatIdsAsync(HttpContext context, [FromKeyedServices(AgentsSchema.Database)] Database database, TimeProvider clock)
    {
        var principal = context.GetPrincipal();
        var channel = context.Request.Query["channel"].ToString();
        var query = new SessionQuery(
            null, null, channel.Length == 0 ? null : channel.ToLowerInvariant(), "accessed_ms", Descending: true, Limit: 1000, Offset: 0, After: null);
        var page = await database.ReadAsync(reader => SessionList.Read(reader, query, principal, clock.GetUtcNow()), context.RequestAborted);
        var chats = page.Items
            .DistinctBy(static session => (session.SourceChannel, session.SourceChatId))
            .Select(static session => new ChatId(
                session.SourceChannel, session.SourceChatId, session.LastAccessedAt, session.Routing.AccountId, session.Routing.PeerKind, session.Routing.PeerId))
            .ToList();
        return ApiJson.Result(new ChatIdsAnswer(true, new ChatIds(chats)), AgentsJson.Default.ChatIdsAnswer);
    }

    /// <summary><c>{"session":{…metadata,"messages":[…]},"pagination":{…},"reused":true}</c>; the messages go out as they are stored.</summary>
    public static async Task WriteAsync(
        HttpContext context, int status, Session session, List<string> bodies, (int Limit, int Offset)? pagination, bool? reused)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, Json))
        {
            json.WriteStartObject();
            json.WritePropertyName("session"u8);
            WriteSession(json, session, bodies);
            if (pagination is { } page)
            {
                json.WriteStartObject("pagination"u8);
                json.WriteNumber("total"u8, session.MessageCount);
                json.WriteNumber("limit"u8, page.Limit);
                json.WriteNumber("offset"u8, page.Offset);
                json.WriteBoolean("hasMore"u8, page.Offset + bodies.Count < session.MessageCount);
                json.WriteEndObject();
            }

            if (reused == true)
            {
                json.WriteBoolean("reused"u8, true);
            }

            json.WriteEndObject();
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private static void WriteSession(Utf8JsonWriter json, Session session, List<string> bodies)
    {
        using var metadata = JsonSerializer.SerializeToDocument(session, AgentsJson.Default.Session);
        json.WriteStartObject();
        foreach (var property in metadata.RootElement.EnumerateObject())
        {
            property.WriteTo(json);
        }

        json.WriteStartArray("messages"u8);
        foreach (var body in bodies)
        {
            json.WriteRawValue(body, skipInputValidation: true);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string ExportJson(Session session, List<string> bodies, DateTimeOffset now)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Pretty))
        {
            json.WriteStartObject();
            json.WriteString("version"u8, "1.0"u8);
            json.WriteString("exportedAt"u8, now);
            json.WritePropertyName("metadata"u8);
            JsonSerializer.Serialize(json, session, AgentsJson.Default.Session);
            json.WriteStartArray("messages"u8);
            foreach (var body in bodies)
            {
                using var message = JsonDocument.Parse(body);
                message.RootElement.WriteTo(json);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static string ExportMarkdown(Session session, List<string> bodies)
    {
        var text = new StringBuilder($"# {session.Name ?? session.Key}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"- Channel: {session.SourceChannel}\n- Created: {session.CreatedAt:O}\n- Messages: {session.MessageCount}\n");
        text.Append(session.Tags.Count == 0 ? "\n" : $"- Tags: {string.Join(", ", session.Tags)}\n\n");
        foreach (var message in bodies.Select(TranscriptStore.Read))
        {
            var title = message.Role switch { "user" => "User", "assistant" => "Assistant", "toolResult" => $"Tool {message.ToolName}", var other => other };
            text.Append(CultureInfo.InvariantCulture, $"## {title}\n\n{message.Content}\n\n---\n\n");
        }

        return text.ToString();
    }
}

/// <summary>A session with messages, as <see cref="SessionReports.WriteAsync"/> writes it field by field.</summary>
/// <param name="Pagination">Of the messages; absent where a session was created.</param>
/// <param name="Reused">True where a creation found the session.</param>
internal sealed record SessionDetail(SessionWithMessages Session, MessagePage? Pagination, bool? Reused);

internal sealed record SessionWithMessages : Session
{
    /// <summary>The newest ones, in the order they were said.</summary>
    public required IReadOnlyList<TranscriptMessage> Messages { get; init; }
}

internal sealed record MessagePage(long Total, int Limit, int Offset, bool HasMore);

/// <summary><c>{"content":"…"}</c></summary>
internal sealed record Exported(string Content);

/// <summary>Counts over all sessions the caller may see.</summary>
internal sealed record SessionStats(
    int TotalSessions, int ActiveSessions, int ArchivedSessions, int PinnedSessions, long TotalMessages, long TotalTokens, DateTimeOffset? OldestSession,
    DateTimeOffset? NewestSession, Dictionary<string, int> ByChannel);

internal sealed record ChatIdsAnswer(bool Ok, ChatIds Payload);

internal sealed record ChatIds([property: System.Text.Json.Serialization.JsonPropertyName("chatIds")] IReadOnlyList<ChatId> Items);

internal sealed record ChatId(
    string Channel, [property: System.Text.Json.Serialization.JsonPropertyName("chatId")] string Id, DateTimeOffset LastActive, string AccountId, string PeerKind, string PeerId);

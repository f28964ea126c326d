namespace Xopc.Contracts;

/// <summary>
/// The one registry of error codes on the wire. Name, HTTP status and meaning of each stand here and nowhere else; the first five are the
/// specification's. Wire shape: <c>{"error":{"code","message"}}</c>.
/// </summary>
public sealed record ErrorCode
{
    public static readonly ErrorCode InvalidRequest = new("INVALID_REQUEST", 400, "Invalid request parameters");
    public static readonly ErrorCode ChannelNotFound = new("CHANNEL_NOT_FOUND", 404, "Channel not found");
    public static readonly ErrorCode SessionNotFound = new("SESSION_NOT_FOUND", 404, "Session not found");
    public static readonly ErrorCode AgentError = new("AGENT_ERROR", 502, "Agent processing error");
    public static readonly ErrorCode InternalError = new("INTERNAL_ERROR", 500, "Internal error");

    public static readonly ErrorCode Unauthorized = new("UNAUTHORIZED", 401, "A valid credential is needed");
    public static readonly ErrorCode Forbidden = new("FORBIDDEN", 403, "The caller may not do this");
    public static readonly ErrorCode NotFound = new("NOT_FOUND", 404, "Nothing is here");
    public static readonly ErrorCode RunNotFound = new("RUN_NOT_FOUND", 404, "Run not found or already expired");
    public static readonly ErrorCode AgentNotFound = new("AGENT_NOT_FOUND", 404, "Agent not found");
    public static readonly ErrorCode MethodNotAllowed = new("METHOD_NOT_ALLOWED", 405, "The path exists, this method does not");
    public static readonly ErrorCode Conflict = new("CONFLICT", 409, "The request contradicts the current state");
    public static readonly ErrorCode NoActiveRun = new("NO_ACTIVE_RUN", 409, "The session has no active run");
    public static readonly ErrorCode IdempotencyConflict = new("IDEMPOTENCY_CONFLICT", 409, "The idempotency key was used with another body");
    public static readonly ErrorCode PreconditionFailed = new("PRECONDITION_FAILED", 412, "The object changed meanwhile");
    public static readonly ErrorCode PayloadTooLarge = new("PAYLOAD_TOO_LARGE", 413, "The body is larger than this route accepts");
    public static readonly ErrorCode UnsupportedMediaType = new("UNSUPPORTED_MEDIA_TYPE", 415, "The body must be application/json");
    public static readonly ErrorCode SessionBusy = new("SESSION_BUSY", 429, "The session's queue is full");
    public static readonly ErrorCode RateLimited = new("RATE_LIMITED", 429, "Too many requests");
    public static readonly ErrorCode HeadersTooLarge = new("HEADERS_TOO_LARGE", 431, "The request headers are too large");
    public static readonly ErrorCode TooManyConnections = new("TOO_MANY_CONNECTIONS", 503, "Too many open event streams");
    public static readonly ErrorCode Unavailable = new("UNAVAILABLE", 503, "The service cannot answer now");
    public static readonly ErrorCode StorageUnavailable = new("STORAGE_UNAVAILABLE", 503, "The database cannot be written now");
    public static readonly ErrorCode Timeout = new("TIMEOUT", 504, "The answer did not come in time");

    private ErrorCode(string name, int status, string meaning) => (Name, Status, Meaning) = (name, status, meaning);

    /// <summary>Every code, in the order of HTTP status within the specification's and ours.</summary>
    public static IReadOnlyList<ErrorCode> All { get; } =
    [
        InvalidRequest, ChannelNotFound, SessionNotFound, AgentError, InternalError, Unauthorized, Forbidden, NotFound, RunNotFound, AgentNotFound,
        MethodNotAllowed, Conflict, NoActiveRun, IdempotencyConflict, PreconditionFailed, PayloadTooLarge, UnsupportedMediaType, SessionBusy, RateLimited,
        HeadersTooLarge, TooManyConnections, Unavailable, StorageUnavailable, Timeout,
    ];

    public string Name { get; }

    /// <summary>HTTP status the code is answered with.</summary>
    public int Status { get; }

    public string Meaning { get; }

    public override string ToString() => Name;
}

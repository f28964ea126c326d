namespace Xopc.Cli.Conversation;

/// <summary>Body of <c>POST /api/agent</c>.</summary>
internal sealed record AskRequest(string Message, string Session);

/// <summary>Body of <c>POST /api/agent/abort</c>.</summary>
internal sealed record AbortRequest(string RunId);

/// <summary>What <c>--json</c> prints for one turn, on one line.</summary>
/// <param name="Status"><c>ok</c>, <c>aborted</c>, <c>skipped</c>, <c>interrupted</c> or <c>error</c>.</param>
/// <param name="Reply">The answer's text; with an error, what came before it.</param>
internal sealed record AnswerJson(string Status, string Reply, string Session, string? SessionKey, string? RunId, AnswerError? Error);

/// <summary>An error of the API's registry, or <c>NOT_RUNNING</c> and <c>CONNECTION_LOST</c>, which only a client can find.</summary>
internal sealed record AnswerError(string Code, string Message);

/// <summary>Body of <c>POST /api/auth/ticket</c>.</summary>
internal sealed record TicketRequest(string To);

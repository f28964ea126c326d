using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Xopc.Agents.Sessions;
using Xopc.Agents.Transcripts;
using Xopc.Agents.Files;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Turns;

/// <summary>Turns a request body into a submission, or into the error that says what is wrong with it.</summary>
internal sealed class SubmissionReader(SessionNames names, InboundFiles files, Models.ModelCatalog catalog, TimeProvider clock)
{
    public const int MaxMessageBytes = 1024 * 1024;
    private const int MaxAttachments = 10;

    /// <exception cref="ApiException">The request is not acceptable; nothing was written but, at most, attachments, which the workspace keeps.</exception>
    public async Task<TurnSubmission> ReadAsync(HttpContext context, AgentRequest body, CancellationToken cancellationToken)
    {
        var principal = context.GetPrincipal();
        var text = CheckText(body.Message, required: body.Attachments is not { Count: > 0 });
        var session = names.Resolve(body, principal);
        if (body.Thinking is not null && ThinkingLevels.Parse(body.Thinking) is null)
        {
            throw new ApiException(ErrorCode.InvalidRequest, "thinking must be one of off, minimal, low, medium, high, xhigh, adaptive.");
        }

        if (body.Model is not null)
        {
            CheckModel(body.Model, catalog);
        }

        if (body.Attachments is { Count: > MaxAttachments })
        {
            throw new ApiException(ErrorCode.InvalidRequest, $"A message carries at most {MaxAttachments} attachments; this one has {body.Attachments.Count}.");
        }

        var record = IdempotencyKey.RecordId(context.Request, principal, "agent");
        var attachments = body.Attachments is { Count: > 0 } given ? await files.StoreAsync(session, given, cancellationToken) : null;
        var message = new TranscriptMessage
        {
            Role = "user", Content = text, Timestamp = clock.GetUtcNow(), Attachments = attachments,
        };
        return new TurnSubmission(
            Guid.CreateVersion7(clock.GetUtcNow()).ToString("D"), session, principal, message,
            new TurnRequested(session.Value, "", null, body.Model, body.Thinking), Activity.Current?.Id,
            record is null ? null : new SubmissionRecord(record, Hash(body)));
    }

    /// <summary>A model that was asked for by name is never silently replaced: one that cannot be called is refused.</summary>
    internal static Models.ModelRef CheckModel(string text, Models.ModelCatalog catalog)
    {
        if (!Models.ModelRef.TryParse(text, out var model))
        {
            throw new ApiException(ErrorCode.InvalidRequest, "Invalid model: write provider/model, for example openai/gpt-4o-mini.");
        }

        return catalog.Current.IsConfigured(model)
            ? model
            : throw new ApiException(ErrorCode.InvalidRequest, $"Invalid model: the provider '{model.Provider}' is not configured; GET /api/models lists what is.");
    }

    /// <summary>The text as it will be kept; throws for what no transcript can hold.</summary>
    internal static string CheckText(string? message, bool required)
    {
        if (string.IsNullOrWhiteSpace(message))
        {
            return required ? throw new ApiException(ErrorCode.InvalidRequest, "Missing required field: message or attachments") : "";
        }

        if (message.Contains('\0', StringComparison.Ordinal))
        {
            throw new ApiException(ErrorCode.InvalidRequest, "message contains a NUL character.");
        }

        return Encoding.UTF8.GetByteCount(message) > MaxMessageBytes
            ? throw new ApiException(ErrorCode.PayloadTooLarge, "message is longer than 1 MiB of UTF-8; send the text as an attachment.")
            : message;
    }

    // Of the meaning, not the bytes: a retry that spaces its JSON differently is still the same request.
    private static string Hash(AgentRequest body) =>
        IdempotencyKey.Hash(JsonSerializer.SerializeToUtf8Bytes(body, AgentsJson.Default.AgentRequest));
}

using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Xopc.Agents.Models;

/// <summary>Sorts everything that can go wrong with a model call into what to do about it.</summary>
internal static partial class ModelFailures
{
    /// <summary>As much of an error body as is read; the reason stands at its beginning.</summary>
    public const int MaxErrorBody = 64 * 1024;

    private const int MaxReason = 200;

    /// <summary>The patterns are linear. The time is wall clock, and a starved machine must not turn sorting a failure into another one (100 ms did).</summary>
    private const int MatchTimeout = 10_000;

    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromDays(1);

    /// <summary>An error body or an error frame inside a stream that began well.</summary>
    /// <param name="status">HTTP status; null when the error came inside a stream and may carry a status of its own.</param>
    /// <param name="sent">What the request showed of ours, to be kept out of the reason.</param>
    public static ModelCallException FromErrorBody(int? status, ReadOnlySpan<byte> body, SentSecrets sent, TimeSpan? retryAfter = null)
    {
        var (code, type, message) = ReadError(body);
        var inner = status ?? (int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 400 and < 600 ? number : null);
        return FromError(inner ?? StatusOf(code) ?? StatusOf(type) ?? 500, $"{code} {type}", sent.Hide(message), retryAfter, status is not null);
    }

    /// <summary>An error that a provider reported.</summary>
    /// <param name="words">Its codes and types, as written.</param>
    /// <param name="message">Its own explanation; may hold secrets and is shown only where nothing else explains.</param>
    /// <param name="asStatus">Whether the status was the response's own.</param>
    public static ModelCallException FromError(int status, string words, string? message, TimeSpan? retryAfter = null, bool asStatus = true)
    {
        var answered = asStatus ? $"answered {status}: " : "broke off with an error: ";
        if (status is 400 or 413 or 422 or 500 && (status == 413 || IsTooLong(words, message)))
        {
            return Make(ModelFailureKind.ContextTooLong, "the conversation is too long for the model", transient: false);
        }

        return status switch
        {
            401 => Make(ModelFailureKind.Unauthorized, "the key was refused", transient: false),
            402 => Make(ModelFailureKind.RateLimited, "the account has no credit left", transient: false),
            403 => Make(ModelFailureKind.Unauthorized, "the key may not use this model", transient: false),
            404 => Make(ModelFailureKind.BadRequest, "there is no such model or address", transient: false),
            408 or 504 => Make(ModelFailureKind.Timeout, "it took too long", transient: true),
            409 or 425 => Make(ModelFailureKind.Overloaded, "it is busy", transient: true),
            429 when words.Contains("insufficient_quota", StringComparison.OrdinalIgnoreCase) =>
                Make(ModelFailureKind.RateLimited, "the account's quota is used up", transient: false),
            429 => Make(ModelFailureKind.RateLimited, "too many requests", transient: true),
            503 or 529 => Make(ModelFailureKind.Overloaded, "it is overloaded", transient: true),
            >= 500 => Make(ModelFailureKind.Overloaded, "it has an internal error", transient: true),
            >= 400 => Make(ModelFailureKind.BadRequest, Clean(message) is { Length: > 0 } reason ? reason : "the request was refused", transient: false),
            _ => Make(ModelFailureKind.Malformed, "this is no answer to a model call", transient: false),
        };

        ModelCallException Make(ModelFailureKind kind, string cause, bool transient) => new(kind, answered + cause, transient, retryAfter, status);
    }

    /// <summary>What an exception of the transport, of the parser or of a vendor's client means. Cancellation is not a failure: do not ask about it.</summary>
    public static ModelCallException FromException(Exception exception) => exception switch
    {
        ModelCallException known => known,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => Network("cannot be found: the host name does not resolve", exception),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => Network("cannot be reached: TLS failed", exception),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => Network(
            exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? "cannot be reached: connection refused" : "cannot be reached",
            exception),
        HttpRequestException { StatusCode: { } status } => FromError((int)status, "", null),
        HttpRequestException or IOException or SocketException => Network("broke the connection", exception),
        JsonException => new ModelCallException(ModelFailureKind.Malformed, "sent something that cannot be understood", isTransient: true, inner: exception),
        OperationCanceledException => Network("did not accept the connection in time", exception),
        _ => new ModelCallException(ModelFailureKind.Malformed, "failed in an unexpected way (" + exception.GetType().Name + ")", inner: exception),
    };

    /// <summary>Seconds, milliseconds or a date; at most a day.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider clock)
    {
        if (response.Headers.TryGetValues("retry-after-ms", out var values) && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var ms)
            && ms is >= 0 and < 1e9)
        {
            return Cap(TimeSpan.FromMilliseconds(ms));
        }

        return response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => Cap(delta),
            { Date: { } date } => Cap(date - clock.GetUtcNow()),
            _ => null,
        };

        static TimeSpan Cap(TimeSpan wait) => wait < TimeSpan.Zero ? TimeSpan.Zero : wait > MaxRetryAfter ? MaxRetryAfter : wait;
    }

    private static ModelCallException Network(string cause, Exception inner) => new(ModelFailureKind.Network, cause, isTransient: true, inner: inner);

    // {"error":{"message":"…","type":"…","code":"…"}} · {"error":"…"} · {"message":"…","type":"…"} · {"detail":"…"} · [{"error":{…}}]
    private static (string? Code, string? Type, string? Message) ReadError(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            var root = JsonElement.ParseValue(ref reader);
            root = root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0 ? root[0] : root;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return default;
            }

            if (root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.String)
            {
                return (Text(root, "code"), Text(root, "type"), error.GetString());
            }

            var from = error.ValueKind == JsonValueKind.Object ? error : root;
            return (Text(from, "code"), Text(from, "type") ?? Text(from, "status"), Text(from, "message") ?? Text(from, "detail"));
        }
        catch (Exception ex) when (ex is JsonException or InvalidOperationException)
        {
            return default;
        }
    }

    private static string? Text(JsonElement element, string name) => !element.TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    private static int? StatusOf(string? code) => code switch
    {
        null => null,
        _ when code.Contains("rate_limit", StringComparison.OrdinalIgnoreCase) || code.Contains("quota", StringComparison.OrdinalIgnoreCase) => 429,
        _ when code.Contains("overloaded", StringComparison.OrdinalIgnoreCase) => 529,
        _ when code.Contains("auth", StringComparison.OrdinalIgnoreCase) || code.Contains("api_key", StringComparison.OrdinalIgnoreCase) => 401,
        _ when code.Contains("permission", StringComparison.OrdinalIgnoreCase) => 403,
        _ when code.Contains("not_found", StringComparison.OrdinalIgnoreCase) => 404,
        _ when code.Contains("invalid", StringComparison.OrdinalIgnoreCase) || code.Contains("context_length", StringComparison.OrdinalIgnoreCase) => 400,
        _ => null,
    };

    private static bool IsTooLong(string words, string? message) =>
        words.Contains("context_length", StringComparison.OrdinalIgnoreCase) || (message is not null && TooLong().IsMatch(message));

    /// <summary>A provider's reason on one line, without anything that looks like a key.</summary>
    private static string Clean(string? message)
    {
        if (string.IsNullOrWhiteSpace(message))
        {
            return "";
        }

        var line = Blanks().Replace(message.Length > 2000 ? message[..2000] : message, " ").Trim();
        line = LooksLikeKey().Replace(line, "***");
        if (line.Length <= MaxReason)
        {
            return line;
        }

        var cut = char.IsHighSurrogate(line[MaxReason - 1]) ? MaxReason - 1 : MaxReason;
        return line[..cut] + "…";
    }

    [GeneratedRegex("context (length|window)|maximum context|too many (input )?tokens|prompt is too long|input is too long|exceeds? the (maximum|limit).{0,40}tokens|token limit",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: MatchTimeout)]
    private static partial Regex TooLong();

    [GeneratedRegex(@"[\s\p{C}]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: MatchTimeout)]
    private static partial Regex Blanks();

    [GeneratedRegex(@"(?i:bearer)\s+\S+|\b[A-Za-z]{2,8}[-_][A-Za-z0-9_\-*]{12,}|[A-Za-z0-9+/_\-]{32,}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: MatchTimeout)]
    private static partial Regex LooksLikeKey();
}

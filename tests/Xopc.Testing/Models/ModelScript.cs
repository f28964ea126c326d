using System.Globalization;

namespace Xopc.Testing.Models;

/// <summary>What a fake model server does with one request. The default answers <c>Hello from the fake model.</c> in pieces.</summary>
public sealed record ModelScript
{
    /// <summary>HTTP status; anything but 200 answers with an error body in the protocol's shape.</summary>
    public int Status { get; init; } = 200;

    /// <summary>The <c>Retry-After</c> header as it is sent.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>Error code (OpenAI) or type (Anthropic) of an error body or frame.</summary>
    public string? ErrorCode { get; init; }

    public string? ErrorMessage { get; init; }

    /// <summary>An error's message repeats the credentials and the headers of its own that the request brought.</summary>
    public bool TellsHeaders { get; init; }

    public IReadOnlyList<string> Tokens { get; init; } = ["Hello", " from", " the", " fake", " model."];

    /// <summary>Answer with the text of the last user message instead of <see cref="Tokens"/>.</summary>
    public bool Echoes { get; init; }

    /// <summary>Another script instead of this one, chosen by the last user message.</summary>
    public Func<string, ModelScript>? ByText { get; init; }

    public IReadOnlyList<string> Thinking { get; init; } = [];

    /// <summary>Tools to call, unless the conversation already ends with a tool's result: then the answer is text.</summary>
    public IReadOnlyList<ScriptedToolCall> ToolCalls { get; init; } = [];

    /// <summary>The answer after the tools; null repeats what the last one said.</summary>
    public IReadOnlyList<string>? AfterTools { get; init; }

    public TimeSpan BeforeFirst { get; init; }

    public TimeSpan BetweenTokens { get; init; }

    /// <summary>Awaited before the token of that number, from 0: a gate of a test.</summary>
    public Func<int, Task>? Gate { get; init; }

    /// <summary>Never answers; waits until the client leaves.</summary>
    public bool Hangs { get; init; }

    public int? HangsAfter { get; init; }

    /// <summary>Breaks the connection after so many tokens.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Ends the response in good order after so many tokens, without saying that the answer is complete.</summary>
    public int? EndsAfter { get; init; }

    /// <summary>Sends a frame that is no JSON after so many tokens.</summary>
    public int? MalformedAfter { get; init; }

    /// <summary>Sends an error frame after so many tokens, with the script's error code.</summary>
    public int? ErrorAfter { get; init; }

    public bool OmitsUsage { get; init; }

    /// <summary>Leaves out the frame that closes the stream.</summary>
    public bool OmitsDone { get; init; }

    /// <summary>Keeps the connection open after a complete answer.</summary>
    public bool StaysOpen { get; init; }

    /// <summary>Answers with a web page.</summary>
    public bool IsWebPage { get; init; }

    /// <summary>Answers in one piece although a stream was asked for.</summary>
    public bool RefusesToStream { get; init; }

    /// <summary>Sends a comment before every frame.</summary>
    public bool KeepsAlive { get; init; }

    /// <summary>Why the model stopped, as the protocol writes it; null takes what fits the answer.</summary>
    public string? StopReason { get; init; }

    /// <summary>Raw frames instead of an answer, each sent as it is.</summary>
    public IReadOnlyList<string>? RawFrames { get; init; }

    public static ModelScript Say(params string[] tokens) => new() { Tokens = tokens };

    public static ModelScript Fail(int status, string? retryAfter = null, string? code = null, string? message = null) =>
        new() { Status = status, RetryAfter = retryAfter, ErrorCode = code, ErrorMessage = message };

    public static ModelScript Call(params ScriptedToolCall[] calls) => new() { ToolCalls = calls, Tokens = [] };

    /// <summary>
    /// A script by a model's name, so that also another process can choose: words joined by <c>+</c>, for example <c>tokens-50+every-10ms+cut-after-5</c>.
    /// A name of other words echoes.
    /// </summary>
    public static ModelScript ByName(string model)
    {
        var script = new ModelScript { Echoes = true };
        foreach (var word in model.Split('+'))
        {
            script = Apply(script, word);
        }

        return script;
    }

    private static ModelScript Apply(ModelScript script, string word)
    {
        var number = Number(word);
        return word switch
        {
            _ when word.StartsWith("say-", StringComparison.Ordinal) => script with { Echoes = false, Tokens = [word[4..].Replace('-', ' ')] },
            _ when word.StartsWith("tokens-", StringComparison.Ordinal) =>
                script with { Echoes = false, Tokens = [.. Enumerable.Range(0, number).Select(i => i.ToString(CultureInfo.InvariantCulture) + " ")] },
            _ when word.StartsWith("every-", StringComparison.Ordinal) => script with { BetweenTokens = TimeSpan.FromMilliseconds(number) },
            _ when word.StartsWith("first-", StringComparison.Ordinal) => script with { BeforeFirst = TimeSpan.FromMilliseconds(number) },
            _ when word.StartsWith("cut-after-", StringComparison.Ordinal) => script with { CutAfter = number },
            _ when word.StartsWith("end-after-", StringComparison.Ordinal) => script with { EndsAfter = number },
            _ when word.StartsWith("malformed-after-", StringComparison.Ordinal) => script with { MalformedAfter = number },
            _ when word.StartsWith("error-after-", StringComparison.Ordinal) => script with { ErrorAfter = number },
            _ when word.StartsWith("hang-after-", StringComparison.Ordinal) => script with { HangsAfter = number },
            _ when word.StartsWith("status-", StringComparison.Ordinal) => script with { Status = number },
            _ when word.StartsWith("retry-after-", StringComparison.Ordinal) => script with { RetryAfter = number.ToString(CultureInfo.InvariantCulture) },
            _ when word.StartsWith("tool-", StringComparison.Ordinal) => script with { ToolCalls = [new("", word[5..], "{}")] },
            _ when word.StartsWith("tools-", StringComparison.Ordinal) => script with { ToolCalls = [.. word[6..].Split(',').Select(name => new ScriptedToolCall("", name, "{}"))] },
            "tell" => script with { TellsHeaders = true },
            "hang" => script with { Hangs = true },
            "empty" => script with { Echoes = false, Tokens = [] },
            "think" => script with { Thinking = ["Let me", " think."] },
            "no-usage" => script with { OmitsUsage = true },
            "no-done" => script with { OmitsDone = true },
            "html" => script with { IsWebPage = true },
            "json" => script with { RefusesToStream = true },
            "overflow" => script with { Status = 400, ErrorCode = "context_length_exceeded", ErrorMessage = "This model's maximum context length is 8192 tokens." },
            _ => script,
        };
    }

    private static int Number(string word)
    {
        var digits = word.TrimEnd('m', 's');
        var start = digits.LastIndexOf('-') + 1;
        return int.TryParse(digits[start..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }
}

/// <summary>A tool call of a script. An empty id is numbered; <paramref name="Pieces"/> cuts the arguments into that many deltas.</summary>
public sealed record ScriptedToolCall(string Id, string Name, string ArgumentsJson, int Pieces = 3);

/// <summary>A request as it arrived.</summary>
/// <param name="Headers">Names in lower case.</param>
public sealed record RecordedModelRequest(string Path, string Model, IReadOnlyDictionary<string, string> Headers, System.Text.Json.JsonElement Body);

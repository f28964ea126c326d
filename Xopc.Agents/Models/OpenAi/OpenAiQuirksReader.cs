namespace Xopc.Agents.Models;

/// <summary>
/// Recognises a refused parameter in an error text, for example
/// <c>Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.</c>
/// </summary>
internal static class OpenAiQuirksReader
{
    public static OpenAiQuirks Learn(int status, ReadOnlySpan<byte> error)
    {
        if (status is not (400 or 422) || !Refuses(error))
        {
            return OpenAiQuirks.None;
        }

        // The specific names first: a text about max_tokens also mentions "tokens", one about reasoning may mention the temperature.
        return error.IndexOf("max_tokens"u8) >= 0 || error.IndexOf("max_completion_tokens"u8) >= 0 ? OpenAiQuirks.OtherMaxTokensField
            : error.IndexOf("stream_options"u8) >= 0 ? OpenAiQuirks.NoStreamOptions
            : error.IndexOf("reasoning"u8) >= 0 || error.IndexOf("enable_thinking"u8) >= 0 ? OpenAiQuirks.NoReasoning
            : error.IndexOf("temperature"u8) >= 0 ? OpenAiQuirks.NoTemperature
            : OpenAiQuirks.None;
    }

    private static bool Refuses(ReadOnlySpan<byte> error) =>
        error.IndexOf("nsupported"u8) >= 0 || error.IndexOf("not supported"u8) >= 0 || error.IndexOf("nrecognized"u8) >= 0 || error.IndexOf("not permitted"u8) >= 0
        || error.IndexOf("nexpected"u8) >= 0 || error.IndexOf("unknown_parameter"u8) >= 0 || error.IndexOf("nknown parameter"u8) >= 0
        || error.IndexOf("xtra inputs"u8) >= 0 || error.IndexOf("extra_forbidden"u8) >= 0;
}

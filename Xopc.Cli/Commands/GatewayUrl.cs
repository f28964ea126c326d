using System.CommandLine.Parsing;

namespace Xopc.Cli.Commands;

/// <summary>Reads <c>--url</c>.</summary>
internal static class GatewayUrl
{
    public static Uri? Parse(ArgumentResult argument)
    {
        var text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
        {
            return url;
        }

        argument.AddError($"--url must be an http or https address, like http://127.0.0.1:18790, not '{text}'.");
        return null;
    }
}

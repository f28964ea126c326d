using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc config set PATH VALUE</c>: one key, judged and saved.</summary>
internal sealed class ConfigSetVerb : Verb
{
    private readonly Argument<string> _path = new("path") { Description = "Dotted path of the key" };
    private readonly Argument<string> _value = new("value") { Description = "JSON, or a text without quotes" };
    private readonly CliContext _cli;

    public ConfigSetVerb(CliContext cli) : base(
        "set", "Change a value of the configuration.",
        "xopc config set agents.defaults.model openai/gpt-5",
        "xopc config set gateway.port 8080",
        "xopc config set gateway.corsOrigins '[\"http://localhost:5173\"]'",
        "xopc config set gateway.auth.token '${XOPC_TOKEN}'")
    {
        _cli = cli;
        Add(_path);
        Add(_value);
        Runs((parsed, cancellationToken) => ConfigSaving.RunAsync(_cli, parsed.GetRequiredValue(_path), Value(parsed.GetRequiredValue(_value)), cancellationToken));
    }

    // 5 is a number and [..] a list; what is no JSON is the text itself, so that nobody quotes twice.
    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}

using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xopc.Configuration;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc config get [PATH]</c>: what the configuration says, with its defaults and without its secrets.</summary>
internal sealed class ConfigGetVerb : Verb
{
    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Argument<string?> _path = new("path") { Description = "Dotted path of a key or a section; without it everything", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> _json = new("--json") { Description = "Print the value as JSON on one line, also a text" };
    private readonly CliContext _cli;

    public ConfigGetVerb(CliContext cli) : base(
        "get", "Print a value of the configuration; secrets are shown as ***.", "xopc config get gateway.port", "xopc config get agents.defaults --json")
    {
        _cli = cli;
        Add(_path);
        Add(_json);
        Runs(RunAsync);
    }

    private async Task<CommandResult> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            var view = ConfigView.Of(new ConfigFile(StatePaths.Resolve(_cli.Environment).ConfigFile, _cli.Environment, _cli.Clock).Load());
            var path = parsed.GetValue(_path);
            if (path is not null && !ConfigPath.Has(view, path))
            {
                await _cli.Io.FailAsync($"{path} is no key of the configuration");
                return CommandResult.Failed;
            }

            var value = path is null ? view : ConfigPath.Find(view, path);
            await _cli.Io.Out.WriteLineAsync(parsed.GetValue(_json) ? value?.ToJsonString() ?? "null" : Text(value));
            return CommandResult.Ok;
        }
        catch (ConfigException e)
        {
            return await _cli.ConfigurationErrorAsync(e);
        }
    }

    private static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String => scalar.GetValue<string>(),
        _ => value.ToJsonString(Pretty),
    };
}

using System.Text.Json;
using Xopc.Configuration;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc config schema</c>: the JSON Schema of <c>xopc.json</c>, for editors.</summary>
internal sealed class ConfigSchemaVerb : Verb
{
    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public ConfigSchemaVerb(CliContext cli) : base("schema", "Print the JSON Schema of the configuration.", "xopc config schema > xopc.schema.json") =>
        Runs(async (_, _) =>
        {
            await cli.Io.Out.WriteLineAsync(ConfigSchema.Document().ToJsonString(Pretty));
            return CommandResult.Ok;
        });
}

namespace Xopc.Cli.Commands;

/// <summary><c>xopc config</c>: where the configuration is, what it says, whether it can be used, and one change at a time.</summary>
internal sealed class ConfigVerb : Verb
{
    public ConfigVerb(CliContext cli) : base("config", "Look at the configuration and change it.", "xopc config get gateway.port", "xopc config set agents.defaults.model openai/gpt-5", "xopc config validate")
    {
        Add(new ConfigPathVerb(cli));
        Add(new ConfigValidateVerb(cli));
        Add(new ConfigGetVerb(cli));
        Add(new ConfigSetVerb(cli));
        Add(new ConfigUnsetVerb(cli));
        Add(new ConfigSchemaVerb(cli));
    }
}

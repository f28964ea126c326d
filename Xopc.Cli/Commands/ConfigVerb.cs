namespace Xopc.Cli.Commands;

/// <summary><c>xopc config</c>: where the configuration is and whether it can be used.</summary>
internal sealed class ConfigVerb : Verb
{
    public ConfigVerb(CliContext cli) : base("config", "Look at the configuration.", "xopc config path", "xopc config validate")
    {
        Add(new ConfigPathVerb(cli));
        Add(new ConfigValidateVerb(cli));
    }
}

namespace Xopc.Cli.Commands;

/// <summary><c>xopc keys</c>: credentials beside the main token, also while the gateway is down.</summary>
internal sealed class KeysVerb : Verb
{
    public KeysVerb(CliContext cli) : base(
        "keys", "Make, list and revoke API keys; works with and without a running gateway.",
        "xopc keys create laptop --scope write", "xopc keys list", "xopc keys revoke laptop")
    {
        Add(new KeysCreateVerb(cli));
        Add(new KeysListVerb(cli));
        Add(new KeysRevokeVerb(cli));
    }
}

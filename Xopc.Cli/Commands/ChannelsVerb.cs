namespace Xopc.Cli.Commands;

/// <summary><c>xopc channels</c>: the messaging platforms of the running gateway.</summary>
internal sealed class ChannelsVerb : Verb
{
    public ChannelsVerb(CliContext cli) : base(
        "channels", "See how the channels are doing, and who may write.", "xopc channels status", "xopc channels pairing approve --channel telegram ABCD2345", "xopc channels restart telegram default")
    {
        Add(new ChannelsStatusVerb(cli));
        Add(new ChannelsOrderVerb(cli, "pause", "Pause an account: it receives nothing, and what is to be sent waits."));
        Add(new ChannelsOrderVerb(cli, "resume", "Let a paused account go on."));
        Add(new ChannelsOrderVerb(cli, "restart", "End what an account does and begin it anew."));
        Add(new PairingVerb(cli));
    }
}

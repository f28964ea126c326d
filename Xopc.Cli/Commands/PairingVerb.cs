namespace Xopc.Cli.Commands;

/// <summary><c>xopc channels pairing</c>: who waits to be let in, and who is in.</summary>
internal sealed class PairingVerb : Verb
{
    public PairingVerb(CliContext cli) : base(
        "pairing", "Let people in who wrote to an account, or shut them out.", "xopc channels pairing list --channel telegram", "xopc channels pairing approve --channel telegram ABCD2345",
        "xopc channels pairing revoke --channel telegram 123456789")
    {
        Add(new PairingListVerb(cli));
        Add(new PairingOrderVerb(cli, "approve", "Let a sender in by the code he was shown.", "code", HttpMethod.Post, "approve", "code"));
        Add(new PairingOrderVerb(cli, "approve-sender", "Let a sender in by his id.", "sender", HttpMethod.Post, "approve-sender", "senderId"));
        Add(new PairingOrderVerb(cli, "revoke", "Shut a sender out who was let in.", "sender", HttpMethod.Delete, "paired", "senderId"));
        Add(new PairingOrderVerb(cli, "dismiss", "Dismiss a sender's request.", "sender", HttpMethod.Delete, "pending", "senderId"));
    }
}

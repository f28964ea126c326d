namespace Xopc.Cli.Commands;

/// <summary><c>xopc security</c>: what is dangerous about this installation.</summary>
internal sealed class SecurityVerb : Verb
{
    public SecurityVerb(CliContext cli) : base("security", "Look for what is dangerous about this installation.", "xopc security audit", "xopc security audit --json") =>
        Add(new SecurityAuditVerb(cli));
}

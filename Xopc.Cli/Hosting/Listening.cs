namespace Xopc.Cli.Hosting;

/// <summary>Where this process listens: exactly one of the three, or none when <c>ASPNETCORE_URLS</c> says it.</summary>
/// <param name="Public">The edge's address.</param>
/// <param name="Service">A service's address in the bundle.</param>
/// <param name="Passed">What the supervisor listens on already, of any role.</param>
internal sealed record Listening(BindPlan? Public, ServiceAddress? Service, PassedSockets? Passed = null)
{
    /// <summary>The platform's own setting decides, as Aspire sets it.</summary>
    public static readonly Listening AsHosted = new(null, null);
}

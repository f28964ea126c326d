namespace Xopc.Gateway.Edge;

/// <summary>One-time codes by which a caller's browser becomes a page session, since a browser cannot send a header when it navigates.</summary>
internal sealed class Tickets(TimeProvider clock)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    private const int PerPrincipal = 16;

    private readonly OneTimeTable _codes = new(clock, Lifetime, PerPrincipal);

    public string Make(KnownCaller caller) => _codes.Add(caller);

    /// <summary>Whose code it was; null: nobody's, used, or too old.</summary>
    public KnownCaller? Redeem(string? code) => _codes.Take(code);
}

namespace Xopc.Channels.Accounts;

/// <summary>The states of an account, as the API spells them. Every one but the last three has a way out on a timer.</summary>
internal static class AccountStates
{
    public const string Starting = "starting";

    /// <summary>The platform answered, and not long ago.</summary>
    public const string Connected = "connected";

    /// <summary>It goes on, but not well; the reason says how.</summary>
    public const string Degraded = "degraded";

    /// <summary>Somebody else receives with the same credentials.</summary>
    public const string Conflict = "conflict";

    /// <summary>The credentials are refused; tried again now and then.</summary>
    public const string NeedsLogin = "needs-login";

    /// <summary>An operator paused it.</summary>
    public const string Paused = "paused";

    /// <summary>Switched off, or not usable, by configuration.</summary>
    public const string Disabled = "disabled";

    public const string Stopped = "stopped";
}

/// <summary>What is known of an account now.</summary>
/// <param name="State">One of <see cref="AccountStates"/>.</param>
/// <param name="Reason">For people; null when all is well.</param>
/// <param name="Since">When the state began.</param>
/// <param name="Evidence">When the platform last answered; null: never since the start.</param>
internal sealed record AccountState(string State, string? Reason, DateTimeOffset Since, DateTimeOffset? Evidence, AccountIdentity? Identity, int Restarts);

using Xopc.Channels.Deliveries;
using Xopc.Channels.Intake;
using Xopc.Channels.Previews;

namespace Xopc.Channels.Accounts;

/// <summary>
/// One account as configured, in the terms common to all channels; each channel adds its own. Compared by value: equal settings leave a running account alone.
/// </summary>
/// <param name="Channel">Channel id.</param>
/// <param name="AccountId">Canonical account id.</param>
/// <param name="OwnershipKey">
/// Names what only one process may receive for at a time, without being a secret: <c>telegram:{first 16 hex digits of the token's SHA-256}</c>. Empty: not configured.
/// </param>
internal abstract record AccountSettings(string Channel, string AccountId, string OwnershipKey)
{
    public string? Name { get; init; }

    public bool Enabled { get; init; } = true;

    /// <summary>Why an enabled account cannot run (no token, an unreadable token file); null when it can.</summary>
    public string? Unusable { get; init; }

    public AccessRules Access { get; init; } = new();

    /// <summary>Texts of one sender that come within this time become one turn.</summary>
    public TimeSpan Debounce { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>What a message does while its session's turn runs: <c>queue</c>, <c>steer</c>, <c>interrupt</c>.</summary>
    public string Busy { get; init; } = "queue";

    /// <summary>What people see of an answer while it is being written.</summary>
    public PreviewMode Preview { get; init; }

    /// <summary>Larger files are not fetched.</summary>
    public long MediaMaxBytes { get; init; } = 20L * 1024 * 1024;

    /// <summary>What happens to a message of which nobody knows whether it was sent.</summary>
    public UnknownPolicy Unknown { get; init; } = UnknownPolicy.Labelled;

    /// <summary>After this time a delivery is stale and is not sent any more, unless it says otherwise itself.</summary>
    public TimeSpan NotAfter { get; init; } = TimeSpan.FromHours(24);
}

using Xopc.Channels.Deliveries;
using Xopc.Channels.Intake;
using Xopc.Configuration.Routing;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Channels.Accounts;

/// <summary>
/// Our identity on a platform, with one set of settings. Any process may send with it; only the holder of the ownership key receives. Members may be called
/// at the same time. Nothing here retries: who calls decides.
/// </summary>
internal interface IAccount : IAsyncDisposable
{
    AccountSettings Settings { get; }

    /// <summary>
    /// Receives until <paramref name="stopping"/> fires; each event goes to the intake before it is acknowledged. Reports what it sees of the platform. Ends with
    /// <see cref="OperationCanceledException"/>, or with an exception that the supervisor turns into a state and a pause.
    /// </summary>
    /// <param name="ownership">The lease on the ownership key; what is written (offset, intake) is written only while it stands.</param>
    Task ReceiveAsync(KeyLease ownership, IAccountReport report, CancellationToken stopping);

    /// <summary>Asks the platform who we are: the cheap proof that credentials and network are good.</summary>
    /// <exception cref="AccountException">It is not, and why.</exception>
    Task<AccountIdentity> ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Whether people see twice what is handed over twice. False: the delivery's id keeps it once, and repeating is no harm.</summary>
    bool ShowsRepetitions => true;

    /// <summary>A conversation by the platform's own id, as it came from outside; null when no conversation can have that id.</summary>
    /// <param name="peerKind">What the caller says it is, or null: where the id itself tells, that counts.</param>
    DeliveryTarget? Address(string peerId, string? peerKind, string? threadId);

    /// <summary>The session to which a conversation belongs.</summary>
    SessionKey SessionOf(DeliveryTarget target, Router router) =>
        router.Resolve(new RouteQuery(target.Channel, target.AccountId, target.PeerKind, target.PeerId, target.ThreadId)).SessionKey;

    /// <summary>The visible messages a text becomes. Other settings, or another version, may make others of it: see <see cref="Keep"/>.</summary>
    IReadOnlyList<DeliveryPart> Render(string text);

    /// <summary>
    /// The parts in a form that lies with the delivery while it is under way, so that a part's number names the same words whatever changes meanwhile. Null: a text
    /// is always rendered alike.
    /// </summary>
    string? Keep(IReadOnlyList<DeliveryPart> parts);

    /// <summary>What <see cref="Keep"/> wrote.</summary>
    IReadOnlyList<DeliveryPart> Restore(string kept);

    /// <summary>Hands one part to the platform, once. Never throws for what the platform or the network does.</summary>
    Task<SendResult> SendAsync(DeliveryTarget target, DeliveryPart part, SendOptions options, CancellationToken cancellationToken);

    /// <summary>Shows that an answer is being written; for some seconds. Failures do not matter.</summary>
    Task ShowTypingAsync(DeliveryTarget target, CancellationToken cancellationToken);

    /// <summary>Fetches a file into <paramref name="destination"/>.</summary>
    /// <exception cref="AccountException">It cannot be had: too large, gone, platform not reachable; <see cref="AccountException.IsFinal"/> tells whether trying again helps.</exception>
    Task FetchAsync(InboundMedia media, Stream destination, CancellationToken cancellationToken);
}

/// <summary>Who the platform says we are.</summary>
/// <param name="Id">The platform's id of the account.</param>
/// <param name="UserName">Name by which people mention us, without the at sign; null when there is none.</param>
internal sealed record AccountIdentity(string Id, string? UserName, string? DisplayName);

using Xopc.Channels.Accounts;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Intake;
using Xopc.Configuration;
using Xopc.Configuration.Routing;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Channels.Webchat;

/// <summary>Hands deliveries to the agents, who keep the sessions. A conversation's id is its session key.</summary>
internal sealed class WebchatAccount(AccountSettings settings, ConfigStore configuration, WebchatPosts posts, TimeProvider clock) : IAccount
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    // A post is taken within milliseconds; agents that are being restarted need some seconds.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(15);

    public AccountSettings Settings => settings;

    public bool ShowsRepetitions => false; // a post's id counts once

    public DeliveryTarget? Address(string peerId, string? peerKind, string? threadId) =>
        threadId is null && configuration.Router.TryResolveSession(peerId, out var session) ? DeliveryRequested.Webchat(session.Value) : null;

    public SessionKey SessionOf(DeliveryTarget target, Router router) =>
        router.TryResolveSession(target.PeerId, out var session) ? session : throw new ArgumentException("No session has such a name.", nameof(target));

    public IReadOnlyList<DeliveryPart> Render(string text) => [new WebchatPart(text)];

    public string? Keep(IReadOnlyList<DeliveryPart> parts) => null; // it is always rendered so

    public IReadOnlyList<DeliveryPart> Restore(string kept) => throw new NotSupportedException("Nothing of webchat is kept.");

    public async Task<SendResult> SendAsync(DeliveryTarget target, DeliveryPart part, SendOptions options, CancellationToken cancellationToken)
    {
        if (!configuration.Router.TryResolveSession(target.PeerId, out var session))
        {
            return new SendResult.Refused("No session has such a name.", OfPeer: true);
        }

        var delivery = options.Delivery ?? throw new ArgumentException("A post bears the id of its delivery.", nameof(options));
        return delivery.InSession && delivery.SessionKey == session.Value
            ? new SendResult.Sent(delivery.TurnId ?? delivery.Id, "It stood in the session already.")
            : await posts.PostAsync(session, ((WebchatPart)part).Text, delivery, cancellationToken);
    }

    /// <summary>There is nothing to receive; what is looked at is whether the agents take what is to be said.</summary>
    public async Task ReceiveAsync(KeyLease ownership, IAccountReport report, CancellationToken stopping)
    {
        while (true)
        {
            if (await posts.OldestAsync(stopping) is { } oldest && clock.GetUtcNow() - oldest > Late)
            {
                report.Degraded("The agents do not take what is to be said in sessions; it waits.");
            }
            else
            {
                report.Alive();
            }

            await Task.Delay(LookEvery, clock, stopping);
        }
    }

    public Task<AccountIdentity> ProbeAsync(CancellationToken cancellationToken) => Task.FromResult(new AccountIdentity(settings.AccountId, null, settings.Name));

    public Task ShowTypingAsync(DeliveryTarget target, CancellationToken cancellationToken) => Task.CompletedTask; // a run's stream shows it

    public Task FetchAsync(InboundMedia media, Stream destination, CancellationToken cancellationToken) =>
        throw new AccountException(AccountFailure.Refused, "Nothing is received here.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

using Xopc.Channels.Accounts;
using Xopc.Channels.Deliveries;
using Xopc.Configuration;
using Xopc.Storage;

namespace Xopc.Channels.Webchat;

/// <summary>
/// The channel <c>webchat</c>: conversations of the console and of the API's clients. What it delivers is said in the session, and told as an event to whoever
/// listens. Always there, without configuration.
/// </summary>
internal sealed class WebchatChannel(
    ConfigStore configuration, WebchatPosts posts, [FromKeyedServices(ChannelsSchema.Database)] LeaseOwner owner, TimeProvider clock) : IChannel
{
    public const string Name = "webchat";

    private readonly WebchatSettings _settings = WebchatSettings.Of(owner.Name);

    public string Id => Name;

    public ChannelCapabilities Capabilities { get; } = new(["dm"], Threads: false, Media: false, Edit: false, Typing: false);

    public bool ConnectsAfterListen => false;

    public ChannelRates Rates => ChannelRates.Unlimited;

    public IReadOnlyList<AccountSettings> AccountsOf(XopcConfig config) => [_settings];

    public IAccount Open(AccountSettings settings) => new WebchatAccount(settings, configuration, posts, clock);
}

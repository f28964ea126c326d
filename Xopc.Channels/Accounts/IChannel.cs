using Xopc.Channels.Deliveries;
using Xopc.Configuration;

namespace Xopc.Channels.Accounts;

/// <summary>A messaging platform: turns configuration into accounts. One singleton each; whoever is registered in the container as one is a channel.</summary>
internal interface IChannel
{
    /// <summary>Lower case: <c>telegram</c>.</summary>
    string Id { get; }

    ChannelCapabilities Capabilities { get; }

    /// <summary>Whether accounts connect only after the gateway listens, unless the configuration says otherwise (<c>gateway.channelConnectDefer…</c>).</summary>
    bool ConnectsAfterListen { get; }

    /// <summary>How fast messages may go out.</summary>
    ChannelRates Rates { get; }

    /// <summary>What the configuration asks for, switched off accounts too. Pure.</summary>
    IReadOnlyList<AccountSettings> AccountsOf(XopcConfig config);

    /// <summary>An account that can send, ask and receive with these settings. No I/O; disposed when its settings change.</summary>
    IAccount Open(AccountSettings settings);
}

using Xopc.Configuration;

namespace Xopc.Channels.Accounts;

/// <summary>Which channels connect only when the gateway listens (<c>gateway.channelConnectDefer…</c>).</summary>
/// <param name="Mode"><c>auto</c>, <c>off</c>, <c>explicit</c>.</param>
/// <param name="Source">What decided: <c>meta</c> (what a channel says of itself), <c>explicit</c>, <c>off</c>.</param>
internal sealed record Deferral(string Mode, string Source, IReadOnlyList<string> Ids)
{
    public static readonly Deferral None = new("off", "off", []);

    public static Deferral Of(IReadOnlyList<IChannel> channels, IReadOnlyList<AccountSettings> accounts, GatewayConfig gateway)
    {
        var skipped = gateway.ChannelConnectDeferSkipIds.Select(id => id.Trim()).ToHashSet(StringComparer.Ordinal);
        return gateway.ChannelConnectDeferMode switch
        {
            "off" => None,
            "explicit" => new Deferral(
                "explicit", "explicit",
                [.. gateway.ChannelConnectDeferIds.Select(id => id.Trim()).Where(id => id.Length > 0 && !skipped.Contains(id)).Distinct(StringComparer.Ordinal)]),
            _ => new Deferral(
                "auto", "meta",
                [.. channels.Where(channel => channel.ConnectsAfterListen && !skipped.Contains(channel.Id) && accounts.Any(account => account.Channel == channel.Id && account.Enabled))
                    .Select(channel => channel.Id)]),
        };
    }
}

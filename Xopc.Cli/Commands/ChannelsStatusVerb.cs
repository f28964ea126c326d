using System.Text.Json;
using Xopc.Cli.Conversation;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc channels status</c>: one line per account.</summary>
internal sealed class ChannelsStatusVerb : AskingVerb
{
    public ChannelsStatusVerb(CliContext cli) : base(cli, "status", "Show every account, its state, and how old the evidence is.", "xopc channels status", "xopc channels status --json") =>
        Asks(_ => new GatewayAsk(HttpMethod.Get, "/api/channels"), answer => Table(
            ["CHANNEL", "ACCOUNT", "STATE", "LAST ANSWER", "NAME", "REASON"], answer.Items("channels").SelectMany(channel => channel.Items("accounts").Select(account => Row(channel, account, cli.Clock.GetUtcNow()))),
            "No channel is configured. See docs/channels.md."));

    private static string[] Row(JsonElement channel, JsonElement account, DateTimeOffset now) =>
    [
        channel.Text("id") ?? "", account.Text("accountId") ?? "", account.Text("state") ?? "",
        DateTimeOffset.TryParse(account.Text("evidence"), out var at) ? $"{Math.Max(0, (now - at).TotalSeconds):0} s ago" : "never",
        account.Text("userName") is { } name ? "@" + name : "", account.Text("reason") ?? "",
    ];
}

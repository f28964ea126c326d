using System.CommandLine;
using Xopc.Cli.Conversation;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc deliveries list</c>: one line per delivery, the newest first.</summary>
internal sealed class DeliveriesListVerb : AskingVerb
{
    private readonly Option<string?> _state = new("--state") { Description = "Only these: queued, sending, sent, unknown, failed, expired, discarded" };
    private readonly Option<int> _limit = new("--limit") { Description = "How many, at most 200", DefaultValueFactory = _ => 50 };

    public DeliveriesListVerb(CliContext cli) : base(cli, "list", "List deliveries, the newest first.", "xopc deliveries list", "xopc deliveries list --state failed --json")
    {
        Add(_state);
        Add(_limit);
        Asks(
            parsed => new GatewayAsk(
                HttpMethod.Get, $"/api/deliveries?limit={parsed.GetValue(_limit)}{(parsed.GetValue(_state) is { } state ? "&state=" + Uri.EscapeDataString(state) : "")}"),
            answer => Table(
                ["ID", "STATE", "CHANNEL", "CHAT", "CREATED", "REASON"],
                answer.Items("deliveries").Select(delivery => (string[])
                [
                    delivery.Text("id") ?? "", delivery.Text("state") ?? "", $"{delivery.Text("channel")} {delivery.Text("accountId")}", delivery.Text("chatId") ?? "",
                    delivery.Text("createdAt") ?? "", delivery.Text("reason") ?? "",
                ]),
                "There is none."));
    }
}

using System.CommandLine;
using System.Text.Json;
using Xopc.Cli.Conversation;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc channels pairing list</c>: one line per sender.</summary>
internal sealed class PairingListVerb : AskingVerb
{
    private readonly Option<string> _channel = new("--channel") { Description = "For example telegram", DefaultValueFactory = _ => "telegram" };
    private readonly Option<string?> _account = new("--account") { Description = "The account (else default, or the only one)" };

    public PairingListVerb(CliContext cli) : base(cli, "list", "List who waits and who is in.", "xopc channels pairing list --channel telegram --account default")
    {
        Add(_channel);
        Add(_account);
        Asks(
            parsed => new GatewayAsk(
                HttpMethod.Get,
                $"/api/channels/pairing?channel={Uri.EscapeDataString(parsed.GetRequiredValue(_channel))}{(parsed.GetValue(_account) is { } account ? "&account=" + Uri.EscapeDataString(account) : "")}"),
            answer => Table(
                ["SENDER", "STATE", "NAME", "SINCE"],
                [
                    .. answer.Items("pending").Select(sender => Row(sender, "waits", "createdAt")),
                    .. answer.Items("paired").Select(sender => Row(sender, "in", "allowedAt")),
                    .. answer.Items("fromConfig").Select(sender => (string[])[sender.GetString() ?? "", "configured", "", ""]),
                ],
                "Nobody waits and nobody is in."));
    }

    private static string[] Row(JsonElement sender, string state, string since) => [sender.Text("senderId") ?? "", state, sender.Text("name") ?? "", sender.Text(since) ?? ""];
}

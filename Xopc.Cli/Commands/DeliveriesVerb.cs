using System.Text.Json;
using Xopc.Cli.Conversation;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc deliveries</c>: what was to be sent, and what became of it.</summary>
internal sealed class DeliveriesVerb : Verb
{
    public DeliveriesVerb(CliContext cli) : base(
        "deliveries", "List what was to be sent and what became of it; send again or discard what failed.", "xopc deliveries list --state failed", "xopc deliveries retry ID", "xopc deliveries discard ID")
    {
        Add(new DeliveriesListVerb(cli));
        Add(new DeliveryVerb(cli, "show", "Show one delivery with its messages.", HttpMethod.Get, "", Shown));
        Add(new DeliveryVerb(cli, "retry", "Send a failed, expired or held delivery again.", HttpMethod.Post, "/retry", static answer => [$"It is {answer.Text("state")} again."]));
        Add(new DeliveryVerb(cli, "discard", "End a failed, expired or held delivery for good.", HttpMethod.Post, "/discard", static answer => [$"It is {answer.Text("state")}."]));
    }

    private static IEnumerable<string> Shown(JsonElement delivery) =>
    [
        $"{delivery.Text("id")} to {delivery.Text("channel")} {delivery.Text("accountId")} {delivery.Text("chatId")}",
        $"state    {delivery.Text("state")}{(delivery.Text("reason") is { } reason ? ": " + reason : "")}",
        $"created  {delivery.Text("createdAt")}", $"sending  {delivery.Text("sendingAt") ?? "-"}", $"ended    {delivery.Text("endedAt") ?? "-"}",
        .. delivery.Items("parts").Select(part => $"message {Number(part, "no")}: {part.Text("state")} {part.Text("messageId")} {part.Text("note")}".TrimEnd()),
    ];

    private static string Number(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetRawText() : "";
}

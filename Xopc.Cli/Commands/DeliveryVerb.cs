using System.CommandLine;
using System.Text.Json;
using Xopc.Cli.Conversation;

namespace Xopc.Cli.Commands;

/// <summary>A verb about one delivery.</summary>
internal sealed class DeliveryVerb : AskingVerb
{
    private readonly Argument<string> _id = new("id") { Description = "As xopc deliveries list shows it" };

    public DeliveryVerb(CliContext cli, string verb, string description, HttpMethod method, string path, Func<JsonElement, IEnumerable<string>> print)
        : base(cli, verb, description, $"xopc deliveries {verb} 019b…")
    {
        Add(_id);
        Asks(parsed => new GatewayAsk(method, $"/api/deliveries/{Uri.EscapeDataString(parsed.GetRequiredValue(_id))}{path}"), print);
    }
}

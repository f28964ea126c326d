using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xopc.Cli.Conversation;
using Xopc.Cli.Terminal;

namespace Xopc.Cli.Commands;

/// <summary>A verb about one job.</summary>
internal sealed class CronJobVerb : AskingVerb
{
    private readonly Argument<string> _id = new("id") { Description = "As xopc cron list shows it" };

    public CronJobVerb(CliContext cli, string verb, string description, HttpMethod method, string path, Func<JsonElement, IEnumerable<string>> print)
        : base(cli, verb, description, $"xopc cron {verb} morning")
    {
        Add(_id);
        Asks(
            parsed => new GatewayAsk(method, $"/api/cron/{Uri.EscapeDataString(parsed.GetRequiredValue(_id))}{path}") { Json = Json is null ? null : JsonNode.Parse(Json)!.AsObject() },
            answer => print(answer).Select(TerminalText.Clean));
    }

    /// <summary>The body; null: none.</summary>
    public string? Json { get; init; }
}

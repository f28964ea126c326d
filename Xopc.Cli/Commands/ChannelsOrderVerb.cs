using System.CommandLine;
using Xopc.Cli.Conversation;

namespace Xopc.Cli.Commands;

/// <summary>An order to one account.</summary>
internal sealed class ChannelsOrderVerb : AskingVerb
{
    private readonly Argument<string> _channel = new("channel") { Description = "For example telegram" };
    private readonly Argument<string> _account = new("account") { Description = "The account's id", DefaultValueFactory = _ => "default" };

    public ChannelsOrderVerb(CliContext cli, string verb, string description) : base(cli, verb, description, $"xopc channels {verb} telegram default")
    {
        Add(_channel);
        Add(_account);
        Asks(
            parsed => new GatewayAsk(HttpMethod.Post, $"/api/channels/{Uri.EscapeDataString(parsed.GetRequiredValue(_channel))}/{Uri.EscapeDataString(parsed.GetRequiredValue(_account))}/{verb}"),
            answer => [$"{answer.Text("accountId")} is {answer.Text("state")}."]);
    }
}

using System.CommandLine;
using Xopc.Cli.Conversation;

namespace Xopc.Cli.Commands;

/// <summary>A decision about one sender.</summary>
internal sealed class PairingOrderVerb : AskingVerb
{
    private readonly Option<string> _channel = new("--channel") { Description = "For example telegram", DefaultValueFactory = _ => "telegram" };
    private readonly Option<string?> _account = new("--account") { Description = "The account (else default, or the only one)" };

    public PairingOrderVerb(CliContext cli, string verb, string description, string argument, HttpMethod method, string path, string field)
        : base(cli, verb, description, $"xopc channels pairing {verb} --channel telegram {(argument == "code" ? "ABCD2345" : "123456789")}")
    {
        var subject = new Argument<string>(argument) { Description = argument == "code" ? "The 8 characters he was shown" : "The platform's id of the person" };
        Add(subject);
        Add(_channel);
        Add(_account);
        Asks(
            parsed => new GatewayAsk(
                method, $"/api/channels/pairing/{path}",
                new Dictionary<string, string?> { ["channel"] = parsed.GetValue(_channel), ["accountId"] = parsed.GetValue(_account), [field] = parsed.GetRequiredValue(subject) }),
            answer => [$"Done: {answer.Text("channel")} {answer.Text("accountId")}, sender {answer.Text("senderId")}."]);
    }
}

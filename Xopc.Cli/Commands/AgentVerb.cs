using System.CommandLine;
using Xopc.Cli.Conversation;
using Xopc.Cli.Hosting;
using Xopc.Configuration;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc agent</c>: one message or a chat with the running gateway.</summary>
internal sealed class AgentVerb : Verb
{
    /// <summary>The command line's own conversation, the same at every call.</summary>
    private const string DefaultSession = "cli:direct";

    private readonly Option<string?> _message = new("--message", "-m") { Description = "What to say", HelpName = "text" };
    private readonly Option<bool> _interactive = new("--interactive", "-i") { Description = "Chat line by line" };
    private readonly Option<string> _session = new("--session", "-s")
    {
        Description = "Session to speak in: a name, or a complete session key", HelpName = "session", DefaultValueFactory = _ => DefaultSession,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object per answer, on one line, and nothing else" };
    private readonly Option<string?> _token = new("--token") { Description = "The gateway's token or password (else XOPC_GATEWAY_TOKEN, the configuration, the generated one)", HelpName = "token" };
    private readonly Option<Uri?> _url = new("--url") { Description = "Where the gateway is (else the one of this configuration)", HelpName = "url", CustomParser = GatewayUrl.Parse };
    private readonly CliContext _cli;

    public AgentVerb(CliContext cli) : base(
        "agent", "Talk to the agent through the running gateway.",
        "xopc agent -m \"What is the weather?\"",
        "xopc agent -m \"And tomorrow?\" -s travel",
        "xopc agent -m \"Hello\" --json | jq -r .reply",
        "xopc agent -i")
    {
        _cli = cli;
        Add(_message);
        Add(_interactive);
        Add(_session);
        Add(_json);
        Add(_token);
        Add(_url);
        Validators.Add(result =>
        {
            var message = result.GetResult(_message);
            if (message is { Tokens.Count: not 1 })
            {
                return; // none or several: the parser says so itself, and reading the value would throw
            }

            switch (message is not null, result.GetValue(_interactive))
            {
                case (false, false):
                    result.AddError("Say something with -m \"…\", or chat with -i.");
                    break;
                case (true, true):
                    result.AddError("Use -m or -i, not both.");
                    break;
                case (true, false) when message!.Errors.Any() is false && string.IsNullOrWhiteSpace(result.GetValue(_message)):
                    result.AddError("The message is empty.");
                    break;
            }
        });
        _session.Validators.Add(option =>
        {
            if (string.IsNullOrWhiteSpace(option.GetValueOrDefault<string>()))
            {
                option.AddError("The session is empty.");
            }
        });
        Runs(RunAsync);
    }

    private async Task<CommandResult> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        FoundGateway found;
        try
        {
            found = FindGateway.Run(_cli, parsed.GetValue(_url), parsed.GetValue(_token));
        }
        catch (ConfigException e)
        {
            return await _cli.ConfigurationErrorAsync(e);
        }
        catch (Exception e) when (e is BindException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            await _cli.Io.FailAsync(e.Message);
            return CommandResult.Failed;
        }

        using var gateway = new GatewayClient(found.Address, found.Credential, found.Tls);
        var dialogue = new Dialogue(_cli, gateway, parsed.GetValue(_json));
        var session = parsed.GetRequiredValue(_session);
        return parsed.GetValue(_message) is { } message
            ? new CommandResult(await dialogue.AskAsync(message, session, cancellationToken))
            : await new ChatLoop(_cli, dialogue, session).RunAsync(cancellationToken);
    }
}

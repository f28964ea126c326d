using System.CommandLine;
using Xopc.Cli.Conversation;
using Xopc.Cli.Hosting;
using Xopc.Configuration;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc open</c>: a page of the running gateway in the browser, by a code that is good for a minute and once.</summary>
internal sealed class OpenVerb : Verb
{
    private readonly Argument<string> _path = new("path") { Description = "Page to open", DefaultValueFactory = _ => "/reference" };
    private readonly Option<bool> _print = new("--print") { Description = "Print the link instead of opening it; it is good for a minute and for one use" };
    private readonly Option<string?> _token = new("--token") { Description = "The gateway's token or password, or an API key (else as for xopc agent)", HelpName = "token" };
    private readonly Option<Uri?> _url = new("--url") { Description = "Where the gateway is (else the one of this configuration)", HelpName = "url", CustomParser = GatewayUrl.Parse };
    private readonly CliContext _cli;

    public OpenVerb(CliContext cli) : base("open", "Open a page of the running gateway in the browser.", "xopc open", "xopc open /openapi.json", "xopc open --print")
    {
        _cli = cli;
        Add(_path);
        Add(_print);
        Add(_token);
        Add(_url);
        Runs(RunAsync);
    }

    private async Task<CommandResult> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var interrupt = _cli.Interrupts.Begin();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, interrupt.Token);
        try
        {
            var found = FindGateway.Run(_cli, parsed.GetValue(_url), parsed.GetValue(_token));
            using var gateway = new GatewayClient(found.Address, found.Credential, found.Tls);
            var link = await gateway.TicketAsync(parsed.GetRequiredValue(_path), stop.Token);
            if (parsed.GetValue(_print) || !_cli.OpenBrowser(link))
            {
                await _cli.Io.Out.WriteLineAsync(link.AbsoluteUri);
                await _cli.Io.Error.WriteLineAsync("Open it within a minute; it works once.");
            }

            return CommandResult.Ok;
        }
        catch (ConfigException e)
        {
            return await _cli.ConfigurationErrorAsync(e);
        }
        catch (Exception e) when (e is BindException or InvalidDataException or IOException or UnauthorizedAccessException or GatewayException or HttpRequestException)
        {
            await _cli.Io.FailAsync(e.Message);
            return CommandResult.Failed;
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            return new CommandResult(interrupt.ExitCode);
        }
    }
}

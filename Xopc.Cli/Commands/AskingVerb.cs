using System.CommandLine;
using System.Text.Json;
using Xopc.Cli.Conversation;
using Xopc.Cli.Hosting;
using Xopc.Cli.Terminal;
using Xopc.Configuration;

namespace Xopc.Cli.Commands;

/// <summary>A verb that asks the running gateway and prints its answer: as JSON, or as lines for people.</summary>
internal abstract class AskingVerb : Verb
{
    private readonly Option<bool> _json = new("--json") { Description = "Print the gateway's answer as JSON" };
    private readonly Option<string?> _token = new("--token") { Description = "The gateway's token or password, or an API key (else as for xopc agent)", HelpName = "token" };
    private readonly Option<Uri?> _url = new("--url") { Description = "Where the gateway is (else the one of this configuration)", HelpName = "url", CustomParser = GatewayUrl.Parse };

    protected AskingVerb(CliContext cli, string name, string description, params string[] examples) : base(name, description, examples)
    {
        Cli = cli;
        Add(_json);
        Add(_token);
        Add(_url);
    }

    protected CliContext Cli { get; }

    /// <param name="ask">Makes the one request.</param>
    /// <param name="print">Lines for people.</param>
    protected void Asks(Func<ParseResult, GatewayAsk> ask, Func<JsonElement, IEnumerable<string>> print) => Runs(async (parsed, cancellationToken) =>
    {
        using var interrupt = Cli.Interrupts.Begin();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, interrupt.Token);
        try
        {
            var found = FindGateway.Run(Cli, parsed.GetValue(_url), parsed.GetValue(_token));
            using var gateway = new GatewayClient(found.Address, found.Credential, found.Tls);
            using var answer = await gateway.AskAsync(ask(parsed), stop.Token);
            foreach (var line in parsed.GetValue(_json) ? [answer.RootElement.GetRawText()] : print(answer.RootElement))
            {
                await Cli.Io.Out.WriteLineAsync(line);
            }

            return CommandResult.Ok;
        }
        catch (ConfigException e)
        {
            return await Cli.ConfigurationErrorAsync(e);
        }
        catch (Exception e) when (e is BindException or InvalidDataException or IOException or UnauthorizedAccessException or GatewayException or HttpRequestException)
        {
            await Cli.Io.FailAsync(e.Message);
            return CommandResult.Failed;
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            return new CommandResult(interrupt.ExitCode);
        }
    });

    /// <summary>Columns as wide as their widest cell, the first row as head; nothing but <paramref name="empty"/> without rows.</summary>
    protected static IEnumerable<string> Table(string[] head, IEnumerable<string[]> rows, string empty)
    {
        string[][] all = [head, .. rows.Select(row => row.Select(TerminalText.Clean).ToArray())];
        if (all.Length == 1)
        {
            return [empty];
        }

        var widths = Enumerable.Range(0, head.Length).Select(column => all.Max(row => row[column].Length)).ToArray();
        return all.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Xopc.Cli.Hosting;
using Xopc.Configuration;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc gateway</c>: runs the gateway, or one role of it, in the foreground.</summary>
internal sealed class GatewayVerb : Verb
{
    private readonly Option<int?> _port = new("--port") { Description = "TCP port; 0 takes any free one (else gateway.port, 18790)", HelpName = "port", CustomParser = Port };
    private readonly Option<string?> _bind = new("--bind") { Description = "Who can reach it: " + string.Join(", ", BindPlan.Modes) + " (else gateway.bind, loopback)", HelpName = "mode" };
    private readonly Option<string?> _token = new("--token") { Description = "Token that callers must present, at least 16 characters (else the configuration's, or a generated one)", HelpName = "token" };
    private readonly Option<string?> _role = new("--role") { Description = "Run one service of the bundle instead of everything: " + string.Join(", ", ServiceRoles.Names), HelpName = "role" };
    private readonly CliContext _cli;

    public GatewayVerb(CliContext cli) : base(
        "gateway", "Run the gateway in the foreground.",
        "xopc gateway",
        "xopc gateway --port 8080 --bind lan",
        "xopc gateway token",
        "xopc gateway --role agents")
    {
        _cli = cli;
        _bind.AcceptOnlyFromAmong(BindPlan.Modes);
        _role.AcceptOnlyFromAmong(ServiceRoles.Names);
        _token.Validators.Add(option =>
        {
            if (string.IsNullOrWhiteSpace(option.GetValueOrDefault<string?>()))
            {
                option.AddError("The token is empty.");
            }
        });
        Validators.Add(result =>
        {
            var inner = result.GetResult(_role) is { Tokens: [{ Value: not "edge" }] };
            if (inner && (result.GetResult(_port) ?? result.GetResult(_bind) ?? result.GetResult(_token)) is not null)
            {
                result.AddError("--port, --bind and --token belong to the edge; the other roles listen on the installation's own sockets.");
            }
        });
        Add(_port);
        Add(_bind);
        Add(_token);
        Add(_role);
        Add(new GatewayTokenVerb(cli));
        Add(new RotateTrustVerb(cli));
        Runs(RunAsync);
    }

    private async Task<CommandResult> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var interrupt = _cli.Interrupts.Begin();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, interrupt.Token);
        var options = Overlay(parsed);
        var run = new GatewayRun(
            _cli, ServiceRoles.Parse(parsed.GetValue(_role)), name => options.TryGetValue(name, out var value) ? value : _cli.Environment(name),
            addressGiven: parsed.GetValue(_port) is not null || parsed.GetValue(_bind) is not null);
        try
        {
            return await run.RunAsync(stop.Token);
        }
        catch (ConfigException e)
        {
            return await _cli.ConfigurationErrorAsync(new ConfigException(e.File, [.. e.Errors.Select(problem => Named(problem, options))]));
        }
    }

    // The person wrote an option; that it took a variable's place is none of their business.
    private static ConfigProblem Named(ConfigProblem problem, Dictionary<string, string> options) => problem.Path switch
    {
        _ when !options.ContainsKey(problem.Path) => problem,
        "XOPC_GATEWAY_TOKEN" => problem with { Path = "--token" },
        "XOPC_GATEWAY_PORT" => problem with { Path = "--port" },
        "XOPC_GATEWAY_BIND" => problem with { Path = "--bind" },
        _ => problem,
    };

    private static int? Port(ArgumentResult argument)
    {
        var text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535)
        {
            return port;
        }

        argument.AddError($"--port must be a number from 0 to 65535, not '{text}'.");
        return null;
    }

    // An option speaks louder than the environment and under the same rules, so it takes the variable's place.
    private Dictionary<string, string> Overlay(ParseResult parsed)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        if (parsed.GetValue(_port) is { } port)
        {
            options["XOPC_GATEWAY_PORT"] = port.ToString(CultureInfo.InvariantCulture);
        }

        if (parsed.GetValue(_bind) is { } bind)
        {
            options["XOPC_GATEWAY_BIND"] = bind;
        }

        if (parsed.GetValue(_token) is { } token)
        {
            options["XOPC_GATEWAY_TOKEN"] = token;
            options["XOPC_GATEWAY_AUTH_MODE"] = "token";
        }

        return options;
    }
}

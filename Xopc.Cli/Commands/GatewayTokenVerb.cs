using System.CommandLine;
using Xopc.Cli.Hosting;
using Xopc.Configuration;
using Xopc.Gateway.Edge;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc gateway token</c>: prints the token that callers present, and nothing else, so that a shell can read it.</summary>
internal sealed class GatewayTokenVerb : Verb
{
    private readonly Option<bool> _rotate = new("--rotate") { Description = "Put a new token in its place first; a running gateway takes it at once and drops whoever uses the old one" };
    private readonly CliContext _cli;

    public GatewayTokenVerb(CliContext cli) : base(
        "token", "Print the token that callers of the gateway present.",
        "xopc gateway token",
        "xopc gateway token --rotate",
        "curl http://127.0.0.1:18790/api/models -H \"Authorization: Bearer $(xopc gateway token)\"")
    {
        _cli = cli;
        Add(_rotate);
        Runs(RunAsync);
    }

    private async Task<CommandResult> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            var configured = Configured.Load(_cli.Environment, _cli.Clock);
            switch (configured.Config.Gateway.Auth.Mode)
            {
                case "none":
                    await _cli.Io.FailAsync("there is no token: gateway.auth.mode is \"none\", everybody who reaches the gateway is let in");
                    return CommandResult.Failed;
                case "password":
                    await _cli.Io.FailAsync("there is no token: gateway.auth.mode is \"password\", callers present the password in its place");
                    return CommandResult.Failed;
            }

            if (parsed.GetValue(_rotate))
            {
                return await RotateAsync(configured.Paths, cancellationToken);
            }

            // Before the first start there is none yet; the one made here is the one that the gateway will take.
            await _cli.Io.Out.WriteLineAsync(GatewaySecret.Find(configured) ?? GatewayTokenFile.LoadOrCreate(configured.Paths.CredentialsDirectory));
            return CommandResult.Ok;
        }
        catch (ConfigException e)
        {
            return await _cli.ConfigurationErrorAsync(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            await _cli.Io.FailAsync(e.Message);
            return CommandResult.Failed;
        }
    }

    private async Task<CommandResult> RotateAsync(StatePaths paths, CancellationToken cancellationToken)
    {
        var file = new ConfigFile(paths.ConfigFile, _cli.Environment, _cli.Clock);
        var (token, problem) = await TokenRotation.RunAsync(file, paths.CredentialsDirectory, cancellationToken);
        if (token is null)
        {
            await _cli.Io.FailAsync(problem!);
            return CommandResult.Failed;
        }

        await _cli.Io.Out.WriteLineAsync(token);
        return CommandResult.Ok;
    }
}

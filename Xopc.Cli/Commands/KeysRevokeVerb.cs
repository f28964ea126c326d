using System.CommandLine;
using Xopc.Cli.Terminal;
using Xopc.Gateway.Keys;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc keys revoke</c>: ends a key for ever; a running gateway closes what it has open within a second.</summary>
internal sealed class KeysRevokeVerb : KeyVerb
{
    private readonly Argument<string> _key = new("key") { Description = "Id or name", HelpName = "id|name" };
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask" };

    public KeysRevokeVerb(CliContext cli) : base(cli, "revoke", "End a key for ever.", "xopc keys revoke laptop", "xopc keys revoke 4fT9aQ0zLm2B --yes")
    {
        Add(_key);
        Add(_yes);
        RunsOnKeys(RunAsync);
    }

    private async Task<CommandResult> RunAsync(ParseResult parsed, ApiKeyStore store, CancellationToken cancellationToken)
    {
        var named = parsed.GetRequiredValue(_key);
        var keys = await store.ListAsync(cancellationToken);

        // An id is exact; a name is that of the one key that still has it.
        var key = keys.FirstOrDefault(key => key.Id == named) ?? keys.FirstOrDefault(key => key.RevokedAt is null && key.Name == named);
        if (key is null)
        {
            return await RefuseAsync($"There is no key '{TerminalText.Clean(named)}'. See: xopc keys list");
        }

        if (key.RevokedAt is { } at)
        {
            await Cli.Io.Error.WriteLineAsync($"{key.Id} was revoked before, {KeyWords.Instant(at)} UTC.");
            return CommandResult.Ok;
        }

        if (!parsed.GetValue(_yes) && Cli.Io.Decorated)
        {
            await Cli.Io.Error.WriteAsync($"Revoke '{TerminalText.Clean(key.Name)}' ({key.Id})? Whoever uses it is cut off at once. [y/N] ");
            if (await Cli.Io.In.ReadLineAsync(cancellationToken) is not ("y" or "Y" or "yes"))
            {
                await Cli.Io.Error.WriteLineAsync("Nothing was changed.");
                return CommandResult.Failed;
            }
        }

        await store.RevokeAsync(key.Id, cancellationToken);
        await Cli.Io.Error.WriteLineAsync($"Revoked {key.Id} ('{TerminalText.Clean(key.Name)}').");
        return CommandResult.Ok;
    }
}

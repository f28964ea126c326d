using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Xopc.Contracts;
using Xopc.Gateway.Keys;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc keys create</c>: prints the key once, alone, so that a shell can read it.</summary>
internal sealed class KeysCreateVerb : KeyVerb
{
    private readonly Argument<string> _name = new("name") { Description = "What it is for: laptop, phone, backup script" };
    private readonly Option<string> _scope = new("--scope") { Description = "What it may do: read, write (and read), admin (everything)", HelpName = "scope", Required = true };
    private readonly Option<string[]> _agents = new("--agent") { Description = "Only this agent; more than once for several", HelpName = "id" };
    private readonly Option<string[]> _sessions = new("--session") { Description = "Only this session, a complete key; more than once for several", HelpName = "key" };
    private readonly Option<TimeSpan?> _expires = new("--expires") { Description = "Ends by itself after so many days (30d), hours (12h) or minutes (15m)", HelpName = "time", CustomParser = Duration };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object with the key and what it is" };

    public KeysCreateVerb(CliContext cli) : base(
        cli, "create", "Make a key. It is printed once and kept nowhere.",
        "xopc keys create laptop --scope write", "xopc keys create phone --scope write --agent main --expires 30d", "KEY=$(xopc keys create backup --scope read)")
    {
        _scope.AcceptOnlyFromAmong("read", "write", "admin");
        Add(_name);
        Add(_scope);
        Add(_agents);
        Add(_sessions);
        Add(_expires);
        Add(_json);
        RunsOnKeys(RunAsync);
    }

    private async Task<CommandResult> RunAsync(ParseResult parsed, ApiKeyStore keys, CancellationToken cancellationToken)
    {
        var now = Cli.Clock.GetUtcNow();
        var (request, problem) = ApiKeyRequest.Read(
            parsed.GetValue(_name), [parsed.GetValue(_scope)], NullIfNone(parsed.GetValue(_agents)), NullIfNone(parsed.GetValue(_sessions)),
            now + parsed.GetValue(_expires), now);
        if (request is null)
        {
            await Cli.Io.FailAsync(problem!);
            return CommandResult.Usage;
        }

        // Whoever may write the installation's files is its operator.
        var made = await keys.CreateAsync(request, Principal.Operator with { Id = "cli" }, cancellationToken);
        if (made.Key is not { } key)
        {
            return await RefuseAsync($"{made.Problem} See: xopc keys list");
        }

        if (parsed.GetValue(_json))
        {
            await Cli.Io.Out.WriteLineAsync(JsonSerializer.Serialize(KeyJson.Of(key, now) with { Key = made.Text }, CliJson.Default.KeyJson));
            return CommandResult.Ok;
        }

        await Cli.Io.Out.WriteLineAsync(made.Text);
        await Cli.Io.Error.WriteLineAsync(
            $"This is the only time the key of '{Terminal.TerminalText.Clean(key.Name)}' is shown. It {KeyWords.What(key)}. To end it: xopc keys revoke {key.Id}");
        return CommandResult.Ok;
    }

    private static string?[]? NullIfNone(string[]? given) => given is { Length: > 0 } ? given : null;

    private static TimeSpan? Duration(ArgumentResult argument)
    {
        var text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
        if (text.Length > 1 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= 100_000)
        {
            switch (text[^1])
            {
                case 'd' when count <= 3_650:
                    return TimeSpan.FromDays(count);
                case 'h':
                    return TimeSpan.FromHours(count);
                case 'm':
                    return TimeSpan.FromMinutes(count);
            }
        }

        argument.AddError($"--expires must be like 30d, 12h or 15m (at most 3650d), not '{text}'.");
        return null;
    }
}

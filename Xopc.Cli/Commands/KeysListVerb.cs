using System.CommandLine;
using System.Text.Json;
using Xopc.Cli.Terminal;
using Xopc.Gateway.Keys;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc keys list</c>: one line per key, never the key itself.</summary>
internal sealed class KeysListVerb : KeyVerb
{
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object per key, one on each line" };

    public KeysListVerb(CliContext cli) : base(cli, "list", "List the keys, the newest first.", "xopc keys list", "xopc keys list --json | jq -r 'select(.state==\"active\").name'")
    {
        Add(_json);
        RunsOnKeys(RunAsync);
    }

    private async Task<CommandResult> RunAsync(ParseResult parsed, ApiKeyStore store, CancellationToken cancellationToken)
    {
        var keys = await store.ListAsync(cancellationToken);
        var now = Cli.Clock.GetUtcNow();
        if (parsed.GetValue(_json))
        {
            foreach (var key in keys)
            {
                await Cli.Io.Out.WriteLineAsync(JsonSerializer.Serialize(KeyJson.Of(key, now), CliJson.Default.KeyJson));
            }

            return CommandResult.Ok;
        }

        if (keys.Count == 0)
        {
            await Cli.Io.Error.WriteLineAsync("There are no keys. Make one with: xopc keys create NAME --scope write");
            return CommandResult.Ok;
        }

        string[][] rows = [["ID", "STATE", "SCOPE", "LAST USED", "EXPIRES", "NAME", "ONLY"], .. keys.Select(key => Row(key, now))];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            await Cli.Io.Out.WriteLineAsync(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }

        return CommandResult.Ok;
    }

    private static string[] Row(ApiKey key, DateTimeOffset now) =>
    [
        key.Id, key.State(now), KeyWords.Scope(key), KeyWords.Instant(key.LastUsedAt), KeyWords.Instant(key.ExpiresAt), TerminalText.Clean(key.Name),
        string.Join(' ', [.. key.Agents ?? [], .. key.Sessions ?? []]),
    ];
}

using System.Collections.Concurrent;
using System.Diagnostics;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.Agents.Models;

/// <summary>Runs the commands of <c>models.json</c> that print a key. Never through a shell; the output is kept for five minutes.</summary>
/// <param name="secrets">Learns the keys that the commands print; null where nothing is logged anywhere.</param>
internal sealed class SecretCommand(TimeProvider clock, SecretRegistry? secrets = null)
{
    private const int MaxCached = 100;
    private const int MaxOutput = 16 * 1024;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
    private static readonly string[] Allowed = ["op", "security", "pass", "gpg"];
    private static readonly string[] Forbidden = [";", "&", "|", ">", "<", "$(", "`", "${", "}", "*", "..", "\n", "\r", "\0"];

    private readonly ConcurrentDictionary<string, (string Value, long At)> _cache = new(StringComparer.Ordinal);

    /// <summary>The reason why a command line may not run, or null.</summary>
    public static string? Refuse(string command)
    {
        if (Forbidden.FirstOrDefault(part => command.Contains(part, StringComparison.Ordinal)) is not null)
        {
            return "a key command may not contain ; & | > < $( ` ${ } * or ..";
        }

        return Allowed.Contains(Split(command).FirstOrDefault(), StringComparer.Ordinal) ? null : $"a key command may only run {string.Join(", ", Allowed)}";
    }

    /// <summary>The value of a secret. A literal costs nothing.</summary>
    /// <exception cref="ModelCallException">The command is refused, failed or took longer than 10 s.</exception>
    public ValueTask<string?> ResolveAsync(SecretValue? secret, CancellationToken cancellationToken)
    {
        if (secret?.Command is not { } command)
        {
            return new ValueTask<string?>(secret?.Text);
        }

        return _cache.TryGetValue(command, out var kept) && clock.GetElapsedTime(kept.At) < Lifetime
            ? new ValueTask<string?>(kept.Value)
            : new ValueTask<string?>(RunAsync(secret, command, cancellationToken));
    }

    /// <summary>Blanks separate; single and double quotes keep together.</summary>
    internal static List<string> Split(string command)
    {
        var words = new List<string>();
        var word = new System.Text.StringBuilder();
        var quote = '\0';
        var open = false;
        foreach (var c in command)
        {
            if (quote != '\0' ? c == quote : c is '"' or '\'')
            {
                quote = quote == '\0' ? c : '\0';
                open = true;
            }
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                Close();
            }
            else
            {
                word.Append(c);
                open = true;
            }
        }

        Close();
        return words;

        void Close()
        {
            if (open)
            {
                words.Add(word.ToString());
                word.Clear();
                open = false;
            }
        }
    }

    private async Task<string?> RunAsync(SecretValue secret, string command, CancellationToken cancellationToken)
    {
        if (secret.Problem is { } problem)
        {
            throw Failed(problem);
        }

        var words = Split(command);
        var start = new ProcessStartInfo(words[0]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        words.Skip(1).ToList().ForEach(start.ArgumentList.Add);
        var value = await OutputAsync(start, words[0], cancellationToken);
        if (_cache.Count >= MaxCached)
        {
            foreach (var (kept, _) in _cache.Values)
            {
                secrets?.Forget(kept);
            }

            _cache.Clear();
        }

        // A key that was rotated is worthless: at most one per command is held.
        if (_cache.TryGetValue(command, out var before) && before.Value != value)
        {
            secrets?.Forget(before.Value);
        }

        secrets?.Register(value);
        _cache[command] = (value, clock.GetTimestamp());
        return value;
    }

    private async Task<string> OutputAsync(ProcessStartInfo start, string name, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Timeout, clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
            process.StandardInput.Close();
            var errors = process.StandardError.BaseStream.CopyToAsync(Stream.Null, linked.Token);
            var buffer = new char[MaxOutput];
            var length = await process.StandardOutput.ReadBlockAsync(buffer, linked.Token);
            await errors;
            await process.WaitForExitAsync(linked.Token);
            var value = new string(buffer, 0, length).Trim();
            return process.ExitCode == 0 && value.Length > 0 && length < MaxOutput ? value : throw Failed($"the key command '{name}' ended with code {process.ExitCode}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed($"the key command '{name}' did not answer within 10 s");
        }
        catch (System.ComponentModel.Win32Exception ex)
        {
            throw Failed($"the key command '{name}' cannot be started", ex);
        }
        finally
        {
            Stop(process);
        }
    }

    private static void Stop(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (InvalidOperationException)
        {
            // It never started, or ended in between.
        }
    }

    private static ModelCallException Failed(string cause, Exception? inner = null) => new(ModelFailureKind.NotConfigured, "has no key: " + cause, inner: inner);
}

namespace Xopc.Cli.Tests;

/// <summary>What was written, and who waits to see it.</summary>
internal sealed class Screen : StringWriter
{
    private readonly Lock _gate = new();
    private readonly List<(string Text, TaskCompletionSource Seen)> _waits = [];

    public Screen() => NewLine = "\n";

    /// <summary>Completes when <paramref name="text"/> is part of what was written.</summary>
    public Task Shows(string text)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waits.Add((text, seen));
            Check();
        }

        return seen.Task.Within($"'{text}' was not written");
    }

    public override string ToString()
    {
        lock (_gate)
        {
            return base.ToString();
        }
    }

    public override void Write(char value) => Locked(() => base.Write(value));

    public override void Write(string? value) => Locked(() => base.Write(value));

    public override Task WriteAsync(string? value)
    {
        Write(value);
        return Task.CompletedTask;
    }

    public override Task WriteLineAsync(string? value)
    {
        Write(value + NewLine);
        return Task.CompletedTask;
    }

    private void Locked(Action write)
    {
        lock (_gate)
        {
            write();
            Check();
        }
    }

    private void Check()
    {
        var text = base.ToString();
        foreach (var (awaited, seen) in _waits)
        {
            if (text.Contains(awaited, StringComparison.Ordinal))
            {
                seen.TrySetResult();
            }
        }
    }
}

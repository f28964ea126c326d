using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Xopc.Messaging.Tests.Support;

/// <summary>Keeps what is logged, as level and text.</summary>
internal sealed class LineLog : ILogger, ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _awaited = new();

    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>Completes when a line with <paramref name="text"/> in it is written from now on.</summary>
    public Task Next(string text) => (_awaited[text] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = $"{logLevel} {formatter(state, exception)}";
        _lines.Enqueue(line);
        foreach (var (text, seen) in _awaited)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                seen.TrySetResult();
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose()
    {
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Xopc.Gateway.Tests;

/// <summary>Keeps every log line, so that tests can say what must not be in them.</summary>
internal sealed class LogTrap : ILoggerProvider
{
    public ConcurrentQueue<(LogLevel Level, string Category, string Text)> Lines { get; } = new();

    public string Everything => string.Join('\n', Lines.Select(line => line.Text));

    public ILogger CreateLogger(string categoryName) => new Trap(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Trap(LogTrap owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            owner.Lines.Enqueue((logLevel, category, formatter(state, exception) + exception));
    }
}

using System.Diagnostics;
using Serilog.Events;

namespace Xopc.ServiceDefaults.Logging;

/// <summary>One log event after redaction: the only form outputs ever see.</summary>
internal sealed record LogLine(
    DateTimeOffset Time,
    LogEventLevel Level,
    string Module,
    string Message,
    string? EventName,
    ActivityTraceId? TraceId,
    ActivitySpanId? SpanId,
    IReadOnlyList<LogEventProperty> Fields,
    LogError? Error);

/// <param name="Stack">The exception with its inner ones, as .NET prints it.</param>
internal sealed record LogError(string Type, string Message, string Stack);

/// <summary>Where lines go. Called by one thread at a time.</summary>
internal interface ILogOutput : IDisposable
{
    void Write(IReadOnlyList<LogLine> lines);
}

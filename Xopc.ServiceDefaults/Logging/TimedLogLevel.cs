using System.Globalization;
using Microsoft.Extensions.Logging;
using Xopc.Contracts.Messages;

namespace Xopc.ServiceDefaults.Logging;

/// <summary>The log level as an operator changes it while the process runs: for a time, or until the end of the process.</summary>
public sealed class TimedLogLevel : IControlHandler, IDisposable
{
    /// <summary>Stands for the level that was configured.</summary>
    public const string Configured = "default";

    private readonly LogLevels _levels;
    private readonly TimeProvider _clock;
    private readonly ITimer _revert;
    private readonly Lock _gate = new();
    private DateTimeOffset? _until;

    public TimedLogLevel(LogLevels levels, TimeProvider clock)
    {
        (_levels, _clock) = (levels, clock);
        _revert = clock.CreateTimer(_ => Revert(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary><c>trace</c>, <c>debug</c>, <c>info</c>, <c>warn</c>, <c>error</c>, <c>fatal</c>.</summary>
    public string Current => NameOf(_levels.Current);

    /// <summary>When it goes back to what was configured; null: it does not by itself.</summary>
    public DateTimeOffset? RevertsAt
    {
        get
        {
            lock (_gate)
            {
                return _until;
            }
        }
    }

    /// <summary>The name as it is used on the wire, or null when it is none.</summary>
    public static string? Canonical(string? name) =>
        string.Equals(name?.Trim(), Configured, StringComparison.OrdinalIgnoreCase) ? Configured : LogLevels.TryParse(name, out var level) ? NameOf(level) : null;

    /// <summary>Obeys a control message of kind <see cref="ControlKinds.LogLevel"/>: the subject is the level, the text the instant until which.</summary>
    public void Hear(ControlMessage message)
    {
        if (message.Kind != ControlKinds.LogLevel || Canonical(message.Subject) is not { } name)
        {
            return; // for somebody else, or a newer version's word
        }

        DateTimeOffset? until = DateTimeOffset.TryParse(message.Text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time) ? time : null;
        lock (_gate)
        {
            _until = name == Configured ? null : until;
            _levels.Set(name == Configured || !LogLevels.TryParse(name, out var level) ? null : level);
            var left = _until is { } end ? end - _clock.GetUtcNow() : Timeout.InfiniteTimeSpan;
            _revert.Change(_until is not null && left < TimeSpan.Zero ? TimeSpan.Zero : left, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _revert.Dispose();

    private void Revert()
    {
        lock (_gate)
        {
            if (_until is { } until && until <= _clock.GetUtcNow())
            {
                _until = null;
                _levels.Set(null);
            }
        }
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "fatal",
    };
}

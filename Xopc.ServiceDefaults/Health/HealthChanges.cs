using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Xopc.ServiceDefaults.Health;

/// <summary>Says what became of a check when that changes. The framework says it again with every probe; it is held back in the log.</summary>
public sealed partial class HealthChanges(ILogger<HealthChanges> log)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HealthStatus> _known = new(StringComparer.Ordinal);

    /// <summary>To be called with every report; a check that was never seen counts as having been healthy.</summary>
    public void Note(HealthReport report)
    {
        foreach (var (name, entry) in report.Entries)
        {
            if (IsNew(name, entry.Status))
            {
                Say(name, entry);
            }
        }
    }

    private bool IsNew(string name, HealthStatus status)
    {
        lock (_gate)
        {
            var before = _known.GetValueOrDefault(name, HealthStatus.Healthy);
            _known[name] = status;
            return before != status;
        }
    }

    private void Say(string name, HealthReportEntry entry)
    {
        if (entry.Status is HealthStatus.Healthy)
        {
            LogHealthy(name);
        }
        else
        {
            LogComplaint(entry.Status is HealthStatus.Degraded ? LogLevel.Warning : LogLevel.Error, entry.Exception, name, entry.Status, entry.Description);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Health of {Check}: healthy again.")]
    private partial void LogHealthy(string check);

    [LoggerMessage(Message = "Health of {Check}: {Status}, {Complaint}")]
    private partial void LogComplaint(LogLevel level, Exception? exception, string check, HealthStatus status, string? complaint);
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;
using Serilog.Events;
using Xopc.ServiceDefaults.Logging;

namespace Xopc.ServiceDefaults.Telemetry;

/// <summary>
/// Exports log lines that are redacted already. The OpenTelemetry provider is deliberately not one of the host's logging providers: there it would see
/// the raw events beside the redacted ones.
/// </summary>
internal sealed class OtlpLog : IDisposable
{
    private const int MostCategories = 1024;
    private readonly ILoggerFactory _factory;
    private readonly ConcurrentDictionary<string, ILogger> _loggers = new(StringComparer.Ordinal);

    public OtlpLog(string serviceName, IConfiguration configuration)
    {
        _factory = LoggerFactory.Create(logging =>
        {
            logging.Services.AddSingleton(configuration);
            logging.SetMinimumLevel(LogLevel.Trace);
            logging.AddOpenTelemetry(options =>
            {
                var resource = ResourceBuilder.CreateDefault();
                OtlpSettings.Describe(resource, serviceName);
                options.SetResourceBuilder(resource);
                options.IncludeFormattedMessage = true;
                options.AddOtlpExporter(OtlpSettings.Configure);
            });
        });
    }

    public void Write(LogLine line)
    {
        if (Sdk.SuppressInstrumentation)
        {
            return;
        }

        var module = _loggers.Count < MostCategories || _loggers.ContainsKey(line.Module) ? line.Module : "";
        var logger = _loggers.GetOrAdd(module, _factory.CreateLogger);
        var level = LevelOf(line.Level);
        if (logger.IsEnabled(level))
        {
            logger.Log(level, new EventId(0, line.EventName), Attributes(line), null, (_, _) => line.Message);
        }
    }

    public void Dispose() => _factory.Dispose();

    private static LogLevel LevelOf(LogEventLevel level) => (LogLevel)(int)level; // the same six levels in the same order

    private static List<KeyValuePair<string, object?>> Attributes(LogLine line)
    {
        var attributes = new List<KeyValuePair<string, object?>>(line.Fields.Count + 3);
        foreach (var field in line.Fields)
        {
            attributes.Add(new(field.Name, field.Value is ScalarValue { Value: var scalar } ? scalar : field.Value.ToString()));
        }

        if (line.Error is { } error)
        {
            attributes.Add(new("exception.type", error.Type));
            attributes.Add(new("exception.message", error.Message));
            attributes.Add(new("exception.stacktrace", error.Stack));
        }

        return attributes;
    }
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serilog;
using Serilog.Extensions.Logging;
using Xopc.Contracts.Messages;
using Xopc.ServiceDefaults.Redaction;
using Xopc.ServiceDefaults.Telemetry;

namespace Xopc.ServiceDefaults.Logging;

internal static class LoggingExtensions
{
    /// <summary>Serilog behind <see cref="Microsoft.Extensions.Logging.ILogger"/> as the only provider; tests may add one of their own after this.</summary>
    public static void AddXopcLogging(this IHostApplicationBuilder builder, string serviceName, Redactor redactor, LogSettings settings)
    {
        var levels = new LogLevels(settings.Level);
        builder.Services.AddSingleton(levels);
        builder.Services.AddSingleton<TimedLogLevel>();
        builder.Services.AddSingleton<IControlHandler>(services => services.GetRequiredService<TimedLogLevel>());
        builder.Services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(levels);
        builder.Services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(levels);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<ILoggerProvider>(services =>
            CreateProvider(serviceName, redactor, settings, builder.Configuration, services.GetService<TimeProvider>() ?? TimeProvider.System));
    }

    internal static ILoggerProvider CreateProvider(string serviceName, Redactor redactor, LogSettings settings, IConfiguration configuration, TimeProvider clock, TextWriter? console = null)
    {
        console ??= Console.Out;
        var queues = new List<LogQueue>();
        var outputs = new List<Action<LogLine>>();
        var owned = new List<IDisposable>();
        if (settings.ToConsole)
        {
            queues.Add(new LogQueue(new ConsoleLog(console, ConsoleLog.IsColourful(name => configuration[name]), clock), clock));
        }

        if (settings.Directory is { } directory)
        {
            queues.Add(new LogQueue(new LogFile(directory, serviceName, settings.Limits, clock, Console.Error.WriteLine), clock));
        }

        foreach (var queue in queues)
        {
            outputs.Add(queue.Add);
            owned.Add(queue);
        }

        if (OtlpSettings.IsConfigured(configuration))
        {
            // On the caller's thread, where the current span is known; the exporter behind it has a bounded queue of its own.
            var exporter = new OtlpLog(serviceName, configuration);
            outputs.Add(exporter.Write);
            owned.Add(exporter);
        }

        var logger = new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .Destructure.ToMaximumDepth(5)
            .Destructure.ToMaximumCollectionCount(64)
            .WriteTo.Sink(new RedactingSink(redactor, outputs, owned))
            .CreateLogger();
        return new SerilogLoggerProvider(logger, dispose: true);
    }
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xopc.ServiceDefaults.Logging;

namespace Xopc.ServiceDefaults.Tests.Logging;

public sealed class LogSettingsTests
{
    [Theory]
    [InlineData("XOPC_LOG_LEVEL", "warn", LogLevel.Warning)]
    [InlineData("XOPC_LOG_LEVEL", "FATAL", LogLevel.Critical)]
    [InlineData("LOG_LEVEL", "trace", LogLevel.Trace)]
    [InlineData("DEBUG", "1", LogLevel.Debug)]
    [InlineData("DEBUG", "0", LogLevel.Information)]
    [InlineData("UNRELATED", "x", LogLevel.Information)]
    public void The_level_is_read_from_the_environment(string name, string value, LogLevel level) => Assert.Equal(level, Read((name, value)).Level);

    [Theory]
    [InlineData("XOPC_LOG_LEVEL", "loud")]
    [InlineData("XOPC_LOG_CONSOLE", "maybe")]
    [InlineData("XOPC_LOG_RETENTION_DAYS", "0")]
    [InlineData("XOPC_LOG_RETENTION_DAYS", "a week")]
    public void A_setting_that_cannot_be_understood_is_named(string name, string value)
    {
        var error = Assert.Throws<InvalidOperationException>(() => Read((name, value)));

        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains(value, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Outputs_can_be_switched_off_and_the_directory_named()
    {
        var settings = Read(("XOPC_LOG_CONSOLE", "false"), ("XOPC_LOG_DIR", "/var/log/xopc"), ("XOPC_LOG_RETENTION_DAYS", "30"));

        Assert.False(settings.ToConsole);
        Assert.Equal(Path.GetFullPath("/var/log/xopc"), settings.Directory);
        Assert.Equal(30, settings.Limits.RetentionDays);
        Assert.Null(Read(("XOPC_LOG_FILE", "false"), ("XOPC_LOG_DIR", "/var/log/xopc")).Directory);
    }

    [Fact]
    public void Frameworks_that_speak_on_every_request_are_quiet_and_the_level_changes_while_running()
    {
        var levels = new LogLevels(LogLevel.Information);
        using var services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(new RecordingLoggerProvider()))
            .AddSingleton<IConfigureOptions<LoggerFilterOptions>>(levels)
            .AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(levels)
            .BuildServiceProvider();
        var factory = services.GetRequiredService<ILoggerFactory>();
        var ours = factory.CreateLogger("Xopc.Agents");
        var http = factory.CreateLogger("System.Net.Http.HttpClient.telegram");

        Assert.True(ours.IsEnabled(LogLevel.Information));
        Assert.False(ours.IsEnabled(LogLevel.Debug));
        Assert.False(http.IsEnabled(LogLevel.Information));
        levels.Set(LogLevel.Debug);
        Assert.True(ours.IsEnabled(LogLevel.Debug));
        Assert.False(http.IsEnabled(LogLevel.Information));
        levels.Set(LogLevel.Error);
        Assert.False(ours.IsEnabled(LogLevel.Warning));
        Assert.False(http.IsEnabled(LogLevel.Warning));
        levels.Set(null);
        Assert.True(ours.IsEnabled(LogLevel.Information));
        Assert.Equal(LogLevel.Information, levels.Current);
    }

    private static LogSettings Read(params (string Name, string Value)[] settings) =>
        LogSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Name, s => (string?)s.Value)).Build(), "/logs");
}

using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Xopc.ServiceDefaults.Logging;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.ServiceDefaults.Tests.Logging;

#pragma warning disable CA1848, CA2254, CA1873 // the careless calls are what is tested

public sealed class ProviderTests : IDisposable
{
    private const string Canary = "Canary4242-of-the-log";
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Console_and_file_show_the_line_and_none_of_its_secrets()
    {
        var (console, file) = Write(log =>
        {
            using (log.BeginScope("{BotToken} in a scope", Canary))
            using (log.BeginScope(new Dictionary<string, object> { ["authorization"] = Canary }))
            {
                log.LogError(new InvalidOperationException("outer", new InvalidOperationException($"inner apiKey={Canary}")), "put together: Bearer {Value}", Canary);
            }

            log.LogWarning("{Password}", Canary);
            log.LogWarning("map {Map}", new Dictionary<string, object> { ["token"] = Canary, [$"secret={Canary}"] = 1 });
            log.LogWarning("object {@It}", new { Deep = new { Deeper = new { ApiKey = Canary } } });
            log.LogWarning("uri {Uri}", new Uri($"http://host/?token={Canary}"));
            log.LogWarning("number {Pin_Token}", 424242);
        });

        Assert.DoesNotContain(Canary, console + file, StringComparison.Ordinal);
        Assert.DoesNotContain("424242", console + file, StringComparison.Ordinal);
        Assert.Contains("put together: Bearer", console, StringComparison.Ordinal);
        Assert.Contains("outer", console, StringComparison.Ordinal);
        Assert.Equal(6, file.TrimEnd('\n').Split('\n').Length);
    }

    [Fact]
    public void Fields_scopes_and_event_names_become_members_of_the_line()
    {
        var (_, file) = Write(log =>
        {
            using (log.BeginScope(new Dictionary<string, object> { ["SessionKey"] = "main:x" }))
            {
                log.Log(LogLevel.Information, new EventId(7, "RunEnded"), "ended {Outcome} after {Tokens} tokens", "ok", 512);
            }
        });

        var json = JsonDocument.Parse(file).RootElement;
        Assert.Equal("ended ok after 512 tokens", json.GetProperty("msg").GetString());
        Assert.Equal("RunEnded", json.GetProperty("event").GetString());
        Assert.Equal("Xopc.Test", json.GetProperty("module").GetString());
        Assert.Equal("main:x", json.GetProperty("sessionKey").GetString());
        Assert.Equal(512, json.GetProperty("tokens").GetInt32());
    }

    [Fact]
    public void A_huge_line_is_cut_and_says_so()
    {
        var (_, file) = Write(log => log.LogWarning("big {Field}", new string('x', 5_000_000)));

        Assert.InRange(file.Length, 1000, 64 * 1024);
        Assert.Contains("more characters]", file, StringComparison.Ordinal);
    }

    private (string Console, string File) Write(Action<ILogger> write)
    {
        var console = new StringWriter();
        var settings = new LogSettings(LogLevel.Trace, true, _directory.Path, new LogLimits(), Redaction: true);
        using (var provider = LoggingExtensions.CreateProvider("xopc", new Redactor(new SecretRegistry()), settings, new ConfigurationBuilder().Build(), TimeProvider.System, console))
        using (var factory = new LoggerFactory([provider]))
        {
            write(factory.CreateLogger("Xopc.Test"));
        }

        return (console.ToString(), string.Concat(Directory.GetFiles(_directory.Path, "*.log").Select(File.ReadAllText)));
    }
}

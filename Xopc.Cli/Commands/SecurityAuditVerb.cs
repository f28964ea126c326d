using System.CommandLine;
using System.Text.Json;
using Xopc.Cli.Hosting;
using Xopc.Configuration;
using Xopc.Gateway.Audit;
using Xopc.ServiceDefaults.Logging;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc security audit</c>: judges the configuration and the files as they are, whether the gateway runs or not. 1 when something is critical.</summary>
internal sealed class SecurityAuditVerb : Verb
{
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };
    private readonly CliContext _cli;

    public SecurityAuditVerb(CliContext cli) : base("audit", "List what is dangerous, the worst first.", "xopc security audit", "xopc security audit --json")
    {
        _cli = cli;
        Add(_json);
        Runs(RunAsync);
    }

    private async Task<CommandResult> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            var report = AuditReport.Of(SecurityAudit.Check(Facts()));
            if (parsed.GetValue(_json))
            {
                await _cli.Io.Out.WriteLineAsync(JsonSerializer.Serialize(report, CliJson.Default.AuditReport));
            }
            else
            {
                await PrintAsync(report);
            }

            return report.Critical == 0 ? CommandResult.Ok : CommandResult.Failed;
        }
        catch (ConfigException e)
        {
            return await _cli.ConfigurationErrorAsync(e);
        }
        catch (BindException e)
        {
            await _cli.Io.FailAsync(e.Message);
            return CommandResult.Failed;
        }
    }

    private AuditFacts Facts()
    {
        var configured = Configured.Load(_cli.Environment, _cli.Clock);
        var gateway = configured.Config.Gateway;
        var listening = _cli.Environment("ASPNETCORE_URLS") is { Length: > 0 } urls
            ? ListeningAddresses.OfUrls(urls) : [BindPlan.Resolve(gateway, BindPlan.OfMachine).Address.ToString()];
        var settings = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create("XOPC_LOG_REDACTION", _cli.Environment("XOPC_LOG_REDACTION"))])
            .Build();
        return AuditFacts.Of(gateway, configured.Paths, listening, !LogRedaction.IsOff(settings), _cli.Clock.GetUtcNow());
    }

    private async Task PrintAsync(AuditReport report)
    {
        foreach (var finding in report.Findings)
        {
            await _cli.Io.Out.WriteLineAsync($"{finding.Severity.ToString().ToLowerInvariant(),-8} {finding.Title} ({finding.CheckId})");
            await _cli.Io.Out.WriteLineAsync($"         {finding.Detail}");
            if (finding.Remediation is { } remedy)
            {
                await _cli.Io.Out.WriteLineAsync($"         {remedy}");
            }
        }

        await _cli.Io.Out.WriteLineAsync(report.Findings.Count == 0 ? "Nothing was found." : $"{report.Critical} critical, {report.Warn} warnings, {report.Info} notes.");
    }
}

namespace Xopc.Configuration;

/// <summary>What a document says, or everything that is wrong with it.</summary>
/// <param name="Config">Null when there are errors.</param>
/// <param name="Overridden">Paths whose value comes from the environment, whatever the file says.</param>
internal sealed record ConfigReadResult(
    XopcConfig? Config, IReadOnlyList<ConfigProblem> Errors, IReadOnlyList<ConfigProblem> Warnings, IReadOnlySet<string> Overridden, IReadOnlySet<string> Keys);

/// <summary>Document → typed model. Pure; never throws on any document.</summary>
internal static class ConfigReader
{
    /// <param name="document">Known to be a JSON object.</param>
    /// <param name="environment">
    /// Null judges the file on its own: references are not filled in and not judged, nothing is overridden. That is what a save needs, because
    /// the writer's environment is not the gateway's.
    /// </param>
    public static ConfigReadResult Read(ConfigDocument document, Func<string, string?>? environment)
    {
        var context = new ReadContext();
        var overrides = environment is null ? EnvironmentOverrides.None : EnvironmentOverrides.From(environment, context);
        var resolved = new ReferenceResolution(context, environment, overrides.Paths).Resolve(document.Root);
        var root = new ConfigSection(resolved, "", "", context);

        var agents = AgentsReader.Read(root.Section("agents"), environment);
        var config = new XopcConfig
        {
            Gateway = GatewayReader.Read(root.Section("gateway"), overrides, environment),
            Agents = agents,
            Bindings = BindingsReader.Read(root, agents),
            Session = SessionReader.Read(root.Section("session")),
            Models = Models(root.Section("models")),
            Cron = Cron(root.Section("cron")),
            Channels = ChannelsReader.Read(root.Section("channels"), environment),
            Commands = Commands(root.Section("commands")),
        };
        root.WarnOfUnknown();
        return new ConfigReadResult(context.Errors.Count == 0 ? config : null, context.Errors, context.Warnings, overrides.Paths, context.Keys);
    }

    private static ModelsConfig Models(ConfigSection section)
    {
        var models = new ModelsConfig
        {
            DetectOllama = section.Flag("detectOllama", true),
            IdleTimeoutMs = section.Int("idleTimeoutMs", 120_000, 1_000, 3_600_000),
        };
        section.WarnOfUnknown();
        return models;
    }

    private static CommandsConfig Commands(ConfigSection section)
    {
        var commands = new CommandsConfig { Restart = section.Flag("restart", true) };
        section.WarnOfUnknown();
        return commands;
    }

    private static CronConfig Cron(ConfigSection section)
    {
        var cron = new CronConfig
        {
            Enabled = section.Flag("enabled", true),
            MaxConcurrentJobs = section.Int("maxConcurrentJobs", 5, 1, 1_000),
            DefaultTimezone = TimeZones.Read(section, "defaultTimezone", allowLocal: false) ?? "UTC",
            HistoryRetentionDays = section.Int("historyRetentionDays", 7, 1, 3_650),
            EnableMetrics = section.Flag("enableMetrics", true),
        };
        section.WarnOfUnknown();
        return cron;
    }
}

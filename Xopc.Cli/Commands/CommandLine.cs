using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using ParsedCommand = System.CommandLine.Parsing.CommandResult;

namespace Xopc.Cli.Commands;

/// <summary>The verbs together: parses, runs one, answers with its exit code.</summary>
internal static class CommandLine
{
    private static readonly string[] Examples =
    [
        "xopc gateway                      start the gateway in the foreground",
        "xopc agent -m \"Hello\"             ask the running gateway",
        "xopc agent -i                     chat with it",
    ];

    /// <summary>The product's version, without the commit that a build appends.</summary>
    public static string Version { get; } =
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    public static async Task<int> RunAsync(string[] args, CliContext cli, CancellationToken cancellationToken)
    {
        var parsed = Parse(args, cli);
        if (parsed.Action is ParseErrorAction misunderstood)
        {
            // Standard output is for data: what was not understood, and what may have been meant, is said on the other stream.
            misunderstood.ShowHelp = false;
            await parsed.InvokeAsync(Configuration(cli.Io.Error, cli.Io.Error), cancellationToken);
            await cli.Io.Error.WriteLineAsync($"See: {Path(parsed.CommandResult)} --help");
            return ExitCodes.Usage;
        }

        return await parsed.InvokeAsync(Configuration(cli.Io.Out, cli.Io.Error), cancellationToken);
    }

    // A message may begin with '@': it is what somebody says, not the name of a file with more arguments.
    internal static ParseResult Parse(IReadOnlyList<string> args, CliContext cli) => Root(cli).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });

    internal static IEnumerable<Command> Verbs(CliContext cli) =>
    [
        new GatewayVerb(cli),
        new AgentVerb(cli),
        new ConfigVerb(cli),
        new SecurityVerb(cli),
        new ChannelsVerb(cli),
        new DeliveriesVerb(cli),
        new CronVerb(cli),
        new KeysVerb(cli),
        new OpenVerb(cli),
    ];

    private static InvocationConfiguration Configuration(TextWriter output, TextWriter error) => new()
    {
        Output = output,
        Error = error,
        // Signals are the verbs' own: a server ends with 0, a client with 130 or 143.
        ProcessTerminationTimeout = null,
        EnableDefaultExceptionHandler = false,
    };

    private static string Path(ParsedCommand command) =>
        command.Parent is ParsedCommand parent ? $"{Path(parent)} {command.Command.Name}" : "xopc";

    private static RootCommand Root(CliContext cli)
    {
        var root = new RootCommand("Xopc: a personal AI assistant gateway.");
        foreach (var verb in Verbs(cli))
        {
            root.Add(verb);
        }

        root.SetAction(parsed => root.Options.OfType<HelpOption>().Single().Action is SynchronousCommandLineAction help ? help.Invoke(parsed) : ExitCodes.Usage);
        foreach (var option in root.Options)
        {
            switch (option)
            {
                case HelpOption { Action: HelpAction help }:
                    option.Action = new HelpWithExamples(help, Examples);
                    break;
                case VersionOption:
                    option.Action = new PrintVersion();
                    break;
            }
        }

        return root;
    }

    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine("xopc " + Version);
            return ExitCodes.Ok;
        }
    }
}

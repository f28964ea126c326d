using System.Globalization;

namespace Xopc.ChannelLoad;

/// <summary>What the command line asked for.</summary>
internal sealed record RunOptions
{
    public const string Usage = """
        Usage: run [options]

          --quick           one short run of everything: whether it works, not how fast it is
          --only SCENARIO   one scenario (repeatable): isolation dispatch accept drain
          --beside CASE     only this neighbour in the isolation, and none (repeatable): invalid cut spinning flooded
          --rounds N        runs of each figure of isolation; of accept three times as many (default 1)
          --drain N         deliveries that drain to 1,000 chats (default 1,500; 10,000 take six minutes)
          --telemetry on|off  the gateway exports traces, metrics and logs over OTLP to a sink of the harness (default on)
          --json FILE       also write every figure with all its runs as JSON
          --no-publish      use what was published before
        """;

    public static readonly string[] Scenarios = ["isolation", "dispatch", "accept", "drain"];
    public static readonly string[] Neighbours = ["invalid", "cut", "spinning", "flooded"];

    public bool Quick { get; init; }

    public IReadOnlySet<string> Only { get; init; } = new HashSet<string>();

    public IReadOnlySet<string> Beside { get; init; } = new HashSet<string>();

    public int Rounds { get; init; } = 1;

    public int? AskedDrain { get; init; }

    public bool Telemetry { get; init; } = true;

    public string? Json { get; init; }

    /// <summary>The published program.</summary>
    public string Gateway { get; init; } = "";

    public int Drain => AskedDrain ?? (Quick ? 150 : 1_500);

    /// <summary>Of one case of the isolation.</summary>
    public TimeSpan Window => TimeSpan.FromSeconds(Quick ? 6 : 25);

    public TimeSpan WarmUp => TimeSpan.FromSeconds(Quick ? 2 : 6);

    public int FloodUpdates => Quick ? 1_000 : 10_000;

    /// <summary>Batches of messages and of bare commits, in turn.</summary>
    public int DispatchBatches => Quick ? 2 : 5;

    public int DispatchBatch => Quick ? 25 : 100;

    public int AcceptRuns => Quick ? 1 : 3 * Rounds;

    public TimeSpan AcceptTime => TimeSpan.FromSeconds(Quick ? 1 : 5);

    public bool Wants(string scenario) => Only.Count == 0 || Only.Contains(scenario);

    public bool WantsBeside(string neighbour) => Beside.Count == 0 || Beside.Contains(neighbour);

    /// <exception cref="ArgumentException">The message says what is wrong.</exception>
    public static RunOptions Parse(string[] args)
    {
        var options = new RunOptions();
        var only = new HashSet<string>(StringComparer.Ordinal);
        var beside = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--quick" => options with { Quick = true },
                "--only" => options with { Only = Add(only, Scenarios, Next(args, ref i)) },
                "--beside" => options with { Beside = Add(beside, Neighbours, Next(args, ref i)) },
                "--rounds" => options with { Rounds = Number(args, ref i, 1, 50) },
                "--drain" => options with { AskedDrain = Number(args, ref i, 100, 100_000) },
                "--telemetry" => options with { Telemetry = OnOff(Next(args, ref i)) },
                "--json" => options with { Json = Path.GetFullPath(Next(args, ref i)) },
                "--gateway" => options with { Gateway = Path.GetFullPath(Next(args, ref i)) },
                _ => throw new ArgumentException($"Unknown option {args[i]}."),
            };
        }

        return options.Gateway.Length > 0 ? options : throw new ArgumentException("--gateway FILE is missing: the published xopc.");
    }

    private static HashSet<string> Add(HashSet<string> chosen, string[] all, string name)
    {
        chosen.Add(all.Contains(name) ? name : throw new ArgumentException($"There is no {name}, only {string.Join(' ', all)}."));
        return chosen;
    }

    private static bool OnOff(string value) => value switch
    {
        "on" => true,
        "off" => false,
        _ => throw new ArgumentException("--telemetry takes on or off."),
    };

    private static string Next(string[] args, ref int i) => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");

    private static int Number(string[] args, ref int i, int min, int max) =>
        int.TryParse(Next(args, ref i), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new ArgumentException($"{args[i - 1]} takes a number from {min} to {max}.");
}

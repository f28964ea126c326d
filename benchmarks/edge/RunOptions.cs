using System.Globalization;

namespace Xopc.EdgeLoad;

/// <summary>What the command line asked for.</summary>
internal sealed record RunOptions
{
    public const string Usage = """
        Usage: run [options]

          --quick           one short run of everything: whether it works, not how fast it is
          --only SCENARIO   one scenario (repeatable): time load keys flood
          --rounds N        batches per target with one client, a fifth of it under load (default 25, with --quick 3)
          --keys N          clients with an address of their own (default 1000000)
          --telemetry on|all|off  edges and signed service export traces, metrics and logs over OTLP to a sink of the harness: on as the product does,
                            at most a hundred requests a second traced (default); all: every request traced
          --json FILE       also write every figure with all its runs as JSON
          --no-publish      use what was published before
        """;

    public static readonly string[] Scenarios = ["time", "load", "keys", "flood"];

    public bool Quick { get; init; }

    public IReadOnlySet<string> Only { get; init; } = new HashSet<string>();

    public int? AskedRounds { get; init; }

    public int? AskedKeys { get; init; }

    public bool Telemetry { get; init; } = true;

    /// <summary>Every request is traced; the product's own rule leaves out most of them at these rates.</summary>
    public bool TraceAll { get; init; }

    public string? Json { get; init; }

    /// <summary>Batches with one client.</summary>
    public int Rounds => AskedRounds ?? (Quick ? 3 : 25);

    /// <summary>Rounds under load.</summary>
    public int LoadRounds => Math.Max(1, Rounds / 5);

    public int Keys => AskedKeys ?? (Quick ? 50_000 : 1_000_000);

    /// <summary>Requests of one client in a batch.</summary>
    public int BatchSize => Quick ? 200 : 1000;

    public TimeSpan LoadTime => TimeSpan.FromSeconds(Quick ? 1 : 3);

    /// <summary>Per target: long enough for the hot paths to be compiled again.</summary>
    public TimeSpan WarmUp => TimeSpan.FromSeconds(Quick ? 1 : 4);

    public bool Wants(string scenario) => Only.Count == 0 || Only.Contains(scenario);

    /// <exception cref="ArgumentException">The message says what is wrong.</exception>
    public static RunOptions Parse(string[] args)
    {
        var options = new RunOptions();
        var only = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--quick" => options with { Quick = true },
                "--only" => options with { Only = Add(only, Next(args, ref i)) },
                "--rounds" => options with { AskedRounds = Number(args, ref i, 1, 1000) },
                "--keys" => options with { AskedKeys = Number(args, ref i, 1000, 10_000_000) },
                "--telemetry" => Telemetered(options, Next(args, ref i)),
                "--json" => options with { Json = Path.GetFullPath(Next(args, ref i)) },
                _ => throw new ArgumentException($"Unknown option {args[i]}."),
            };
        }

        return options;
    }

    private static RunOptions Telemetered(RunOptions options, string value) => value switch
    {
        "on" or "all" => options with { Telemetry = true, TraceAll = value == "all" },
        "off" => options with { Telemetry = false },
        _ => throw new ArgumentException("--telemetry takes on, all or off."),
    };

    private static HashSet<string> Add(HashSet<string> only, string name)
    {
        only.Add(Scenarios.Contains(name) ? name : throw new ArgumentException($"There is no scenario {name}."));
        return only;
    }

    private static string Next(string[] args, ref int i) => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");

    private static int Number(string[] args, ref int i, int min, int max) =>
        int.TryParse(Next(args, ref i), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new ArgumentException($"{args[i - 1]} takes a number from {min} to {max}.");
}

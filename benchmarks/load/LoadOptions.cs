using System.Globalization;

namespace Xopc.Load;

/// <summary>What the command line asked for.</summary>
internal sealed record LoadOptions
{
    public const string Usage = """
        Usage: run [options]

          --quick              one short run of everything: whether it works, not how fast it is
          --only SCENARIO      one scenario (repeatable): start turn clients one-session first-token token-delay memory events sessions
          --runs N             runs of each figure; the table shows their median (default 3, with --quick 1)
          --turns-per-session N  turns before a client begins a new session (default 20)
          --telemetry on|off   the gateway exports traces, metrics and logs over OTLP to a sink of the harness (default on)
          --state-root DIR     where databases lie during the run (default: the system's temporary directory)
          --json FILE          also write every figure with all its runs as JSON
          --keep               keep the state directories
          --self-test          prove on a stub with known faults that the checks can fail
          --no-publish         use what was published before
        """;

    public bool Quick { get; init; }

    public IReadOnlySet<string> Only { get; init; } = new HashSet<string>();

    public int? AskedRuns { get; init; }

    public int TurnsPerSession { get; init; } = 20;

    public bool Telemetry { get; init; } = true;

    public string StateRoot { get; init; } = Path.GetTempPath();

    public string? Json { get; init; }

    public bool Keep { get; init; }

    public bool SelfTest { get; init; }

    /// <summary>The published program and the arguments before <c>gateway</c>.</summary>
    public IReadOnlyList<string> Gateway { get; init; } = [];

    public int Runs => AskedRuns ?? (Quick ? 1 : 3);

    public static LoadOptions Parse(string[] args)
    {
        var options = new LoadOptions();
        var only = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--quick" => options with { Quick = true },
                "--keep" => options with { Keep = true },
                "--self-test" => options with { SelfTest = true },
                "--only" => options with { Only = AddTo(only, Next(args, ref i)) },
                "--runs" => options with { AskedRuns = Number(args, ref i, 1, 50) },
                "--turns-per-session" => options with { TurnsPerSession = Number(args, ref i, 1, 1000) },
                "--telemetry" => options with { Telemetry = OnOff(args, ref i) },
                "--state-root" => options with { StateRoot = Path.GetFullPath(Next(args, ref i)) },
                "--json" => options with { Json = Path.GetFullPath(Next(args, ref i)) },
                "--gateway" => options with { Gateway = [Path.GetFullPath(Next(args, ref i))] },
                _ => throw new ArgumentException($"Unknown option {args[i]}."),
            };
        }

        return options;
    }

    private static HashSet<string> AddTo(HashSet<string> only, string name)
    {
        only.Add(Array.IndexOf(Scenarios.AllScenarios.Names, name) >= 0 ? name : throw new ArgumentException($"There is no scenario {name}."));
        return only;
    }

    private static string Next(string[] args, ref int i) => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");

    private static bool OnOff(string[] args, ref int i) => Next(args, ref i) switch
    {
        "on" => true,
        "off" => false,
        _ => throw new ArgumentException($"{args[i - 1]} takes on or off."),
    };

    private static int Number(string[] args, ref int i, int min, int max) =>
        int.TryParse(Next(args, ref i), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new ArgumentException($"{args[i - 1]} takes a number from {min} to {max}.");
}

namespace Xopc.Load;

/// <summary>How much of everything one run does.</summary>
internal sealed record Sizes
{
    public static readonly Sizes Full = new();

    public static readonly Sizes Quick = new()
    {
        RunLimit = TimeSpan.FromSeconds(80), Starts = 3, WarmUpTurns = 400, TurnsAlone = 300, LoadSeconds = 2, DirectSeconds = 1, TurnsEachInOneSession = 6, FirstTokens = 100, StreamedTokens = 40,
        FlatRepetitions = 10, FlatSeconds = 0.7, Broadcasts = 5, ListReads = 100, SettleSeconds = 1,
    };

    /// <summary>Enough to see every row of the table; for the self-test.</summary>
    public static readonly Sizes Tiny = new()
    {
        Starts = 1, WarmUpTurns = 10, TurnsAlone = 40, LoadSeconds = 0.3, DirectSeconds = 0.2, TurnsEachInOneSession = 2, FirstTokens = 5, StreamedTokens = 5,
        FlatRepetitions = 3, FlatSeconds = 0.1, EventClients = 30, Broadcasts = 2, Sessions = 200, ListReads = 5, SettleSeconds = 0.05,
    };

    /// <summary>Scenarios that have not begun by then are not begun any more.</summary>
    public TimeSpan RunLimit { get; init; } = TimeSpan.FromMinutes(9);

    public int Starts { get; init; } = 5;

    /// <summary>Turns before anything is measured: the runtime compiles hot methods again after 30 calls and some time.</summary>
    public int WarmUpTurns { get; init; } = 2000;

    public int TurnsAlone { get; init; } = 1000;

    public double LoadSeconds { get; init; } = 6;

    public double DirectSeconds { get; init; } = 2;

    public int TurnsEachInOneSession { get; init; } = 15;

    public int FirstTokens { get; init; } = 300;

    public int StreamedTokens { get; init; } = 150;

    public int FlatRepetitions { get; init; } = 10;

    public double FlatSeconds { get; init; } = 3;

    public int EventClients { get; init; } = 1000;

    public int Broadcasts { get; init; } = 20;

    public int Sessions { get; init; } = 10_000;

    public int ListReads { get; init; } = 300;

    public double SettleSeconds { get; init; } = 3;

    public int TokensPerAnswer { get; init; } = 8;
}

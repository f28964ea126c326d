namespace Xopc.Load.Scenarios;

/// <summary>The scenarios in the order in which a run takes them; those from <c>turn</c> to <c>memory</c> load one and the same gateway.</summary>
internal static class AllScenarios
{
    public static readonly (string Name, Func<Bench, CancellationToken, Task> RunAsync)[] InOrder =
    [
        ("start", StartScenario.RunAsync),
        ("turn", TurnScenario.RunAsync),
        ("clients", ClientsScenario.RunAsync),
        ("one-session", OneSessionScenario.RunAsync),
        ("first-token", FirstTokenScenario.RunAsync),
        ("token-delay", TokenDelayScenario.RunAsync),
        ("memory", MemoryScenario.RunAsync),
        ("events", EventsScenario.RunAsync),
        ("sessions", SessionsScenario.RunAsync),
    ];

    public static readonly string[] Names = [.. InOrder.Select(static scenario => scenario.Name)];
}

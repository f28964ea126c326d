using Xopc.Agents.Runs;
using Xopc.Agents.Turns;
using Xopc.Storage;

namespace Xopc.Agents.Tests.Runs;

/// <summary>A run that no lane works on, for parts that only write into it.</summary>
internal static class TestRun
{
    public static ActiveRun Of(string runId, string session = "main:webchat:default:direct:x") => new(new ClaimedTurn(
        new InboxRow(1, "t", "turns", session, [], "operator", "running", 1, null, 0),
        new RunRow(runId, "t", session, 1, "operator", RunStates.Open, 1, 0, false, false, null, null),
        new KeyLease(session, "me", 1, long.MaxValue)));
}

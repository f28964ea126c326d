using Microsoft.Extensions.DependencyInjection;
using Xopc.Agents.Runs;
using Xopc.Agents.Tests.Runs;
using Xopc.Storage;
using Xopc.Testing.Models;

namespace Xopc.Agents.Tests.Turns;

public sealed class PartialTextTests : ModelHostTest
{
    [Fact]
    public async Task Two_kilobytes_of_partial_text_are_journalled_without_waiting_for_the_clock()
    {
        await using var host = await HostAsync(build: FrozenTicks.Use);
        var release = new TaskCompletionSource();
        Model.Enqueue(new ModelScript { Tokens = [new string('a', 1500), new string('b', 1000), "end"], Gate = n => n == 2 ? release.Task : Task.CompletedTask });
        var asked = host.AskAsync("go");
        var database = host.Services.GetRequiredKeyedService<Database>(AgentsSchema.Database);

        await UntilAsync(host, async () => await database.ReadAsync(
            reader => (reader.Scalar("SELECT SUM(LENGTH(text)) FROM run_journal") as long? ?? 0) == 2500, AgentsHost.Cancelled));
        release.SetResult();

        Assert.Equal(200, (await asked).Status);
    }

    [Fact]
    public async Task Less_than_that_waits_for_the_clock()
    {
        var bell = new JournalBell();
        using var run = TestRun.Of("r", DefaultSession);
        await using var host = await HostAsync();
        var writer = new RunWriter(run, host.Get<Messaging.IRunLog>().Open("r"), host.Get<Messaging.IEventLog>(), bell, showThinking: false);

        writer.Token(new string('x', JournalBell.Every - 1));
        var rung = bell.WaitAsync(AgentsHost.Cancelled);
        Assert.False(rung.IsCompleted);
        writer.Token("x");

        await rung.WaitAsync(AgentsHost.Generous, AgentsHost.Cancelled);
        writer.Result(new RunOutcome(RunStates.Ok, "", null));
    }
}

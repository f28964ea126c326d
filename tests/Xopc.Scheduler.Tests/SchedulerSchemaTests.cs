using Xopc.Testing.Storage;

namespace Xopc.Scheduler.Tests;

public sealed class SchedulerSchemaTests
{
    [Fact]
    public async Task From_every_earlier_version_one_arrives_at_the_newest() =>
        Assert.Null(await Record.ExceptionAsync(() => MigrationLadder.ClimbAsync(SchedulerSchema.Series, TestContext.Current.CancellationToken)));
}

using Xopc.Testing.Storage;

namespace Xopc.Channels.Tests;

public sealed class ChannelsSchemaTests
{
    [Fact]
    public async Task From_every_earlier_version_one_arrives_at_the_newest() =>
        Assert.Null(await Record.ExceptionAsync(() => MigrationLadder.ClimbAsync(ChannelsSchema.Series, TestContext.Current.CancellationToken)));
}

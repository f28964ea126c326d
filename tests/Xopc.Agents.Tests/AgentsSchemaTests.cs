using Xopc.Testing.Storage;

namespace Xopc.Agents.Tests;

public sealed class AgentsSchemaTests
{
    [Fact]
    public Task Every_earlier_version_climbs_to_the_schema_of_a_new_file() => MigrationLadder.ClimbAsync(AgentsSchema.Series, AgentsHost.Cancelled);
}

using Xopc.Storage;
using Xopc.Storage.Retention;

namespace Xopc.Channels.Deliveries;

/// <summary>Removes the parts of deliveries that are gone.</summary>
internal sealed class PartRetention : IRetentionRule
{
    private const string Remove = """
        DELETE FROM delivery_parts WHERE delivery_id IN (
          SELECT DISTINCT delivery_parts.delivery_id FROM delivery_parts LEFT JOIN deliveries ON deliveries.id = delivery_parts.delivery_id
          WHERE deliveries.id IS NULL LIMIT 100)
        """;

    public string Database => ChannelsSchema.Database;

    public string Name => "delivery_parts";

    public async Task<int> RemoveAsync(Database database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var removed = 0;
        for (var step = -1; step != 0;)
        {
            step = await database.WriteAsync(static tx => tx.Execute(Remove), Durability.Relaxed, cancellationToken);
            removed += step;
        }

        return removed;
    }
}

namespace Xopc.Storage.Retention;

/// <summary>
/// Something kept that must end. A service registers a singleton per rule; the database's worker runs it. <see cref="TableRetention"/> serves for tables
/// with a time and a size per row.
/// </summary>
public interface IRetentionRule
{
    /// <summary>Name of the <see cref="Storage.Database"/> whose worker runs the rule.</summary>
    string Database { get; }

    /// <summary>For logs and metrics: the table.</summary>
    string Name { get; }

    /// <summary>
    /// Removes what has to go and returns how many rows that were. In steps of a few hundred rows, each a short relaxed write of its own, so that no turn
    /// waits for it.
    /// </summary>
    Task<int> RemoveAsync(Database database, DateTimeOffset now, CancellationToken cancellationToken);
}
